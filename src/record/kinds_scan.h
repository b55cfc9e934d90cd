#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "record/fields.h"
#include "record/observation.h"

/// What is found by asking the application a few harmless things and by reading its files. Secrets are told by a keyed
/// hash (the key is the run's and is not kept) and their last two characters. See kinds.h.
namespace pl::record {

/// A request of proofload's own, outside the load, and what its answer shows.
struct AnswerProbed {
  std::string what;  ///< "page", "step", "unknown path", "broken JSON", "wrong JSON", "long value" or "metrics".
  std::string method;
  std::string target;         ///< As sent; a long value is cut.
  std::int64_t journey = -1;  ///< Of the step it is made from, -1: none.
  std::int64_t step = -1;
  std::int64_t status = 0;  ///< 0: no answer.
  std::string media;
  Json headers;                      ///< Of the answer, by lower-case name: those that concern browsers and versions.
  std::vector<std::string> cookies;  ///< Name and attributes without values: "sid; Path=/; HttpOnly".
  std::string internals;             ///< What of the inside it shows: "a stack trace"; empty: nothing.
  std::string excerpt;               ///< The place in the answer, at most 200 bytes; of metrics, their first.
  static constexpr std::string_view kName = "answer_probed", kDoc = "A request outside the load and what it shows.";
  static constexpr Source kSource = Source::scan;
  template <class To>
  static void fields(To&& field) {
    using K = AnswerProbed;
    field("what", "", &K::what);
    field("method", "", &K::method);
    field("target", "", &K::target);
    field("journey", "", &K::journey);
    field("step", "", &K::step);
    field("status", "", &K::status);
    field("media", "", &K::media);
    field("headers", "", &K::headers);
    field("cookies", "", &K::cookies);
    field("internals", "", &K::internals);
    field("excerpt", "", &K::excerpt);
  }
};

/// A journey's step was asked for by somebody who should not get it, or again and again.
struct AccessProbed {
  std::string what;  ///< "no session", "another user" or "wrong password".
  std::int64_t journey = -1;
  std::int64_t step = -1;
  std::string target;                  ///< Method and target.
  std::int64_t usual = 0;              ///< Status that whoever may gets.
  std::vector<std::int64_t> statuses;  ///< Of the tries, in their order; 0: no answer.
  bool readable = false;   ///< "another user": the answer had what the first one wrote. Under a fault: it had data.
  std::string experiment;  ///< Key of the one whose fault was in force; then `usual` is the status that refuses.
  static constexpr std::string_view kName = "access_probed",
                                    kDoc = "A step asked for without its session, as somebody else, or by guessing.";
  static constexpr Source kSource = Source::scan;
  template <class To>
  static void fields(To&& field) {
    using K = AccessProbed;
    field("what", "", &K::what);
    field("journey", "", &K::journey);
    field("step", "", &K::step);
    field("target", "", &K::target);
    field("usual", "", &K::usual);
    field("statuses", "", &K::statuses);
    field("readable", "", &K::readable);
    field("experiment", "", &K::experiment);
  }
};

/// The built-in model was made to answer with harmless markup: how that reached the customer.
struct MarkupProbed {
  std::int64_t journey = -1;
  std::int64_t step = -1;  ///< Whose answer had it; -1: none had.
  std::string target;      ///< Method and target.
  std::string form;        ///< "html", "json", "event stream", "text"; empty: it did not come.
  bool raw = false;        ///< Unescaped, after decoding of JSON and events.
  std::string excerpt;
  static constexpr std::string_view kName = "markup_probed",
                                    kDoc = "How markup in the model's answer reached the customer.";
  static constexpr Source kSource = Source::scan;
  template <class To>
  static void fields(To&& field) {
    using K = MarkupProbed;
    field("journey", "", &K::journey);
    field("step", "", &K::step);
    field("target", "", &K::target);
    field("form", "", &K::form);
    field("raw", "", &K::raw);
    field("excerpt", "", &K::excerpt);
  }
};

/// The built-in model was made to say what it was sent: by one question, and by many of one conversation.
struct ConsumptionProbed {
  std::int64_t journey = -1;
  std::int64_t step = -1;           ///< That asks the model.
  std::string target;               ///< Method and target.
  std::int64_t limit = 0;           ///< That the question set on its answer, in tokens; 0: none.
  std::int64_t turns = 0;           ///< Questions that each came with more messages than the one before.
  std::int64_t first_messages = 0;  ///< That came with the first one.
  std::int64_t messages = 0;        ///< That came with the last one.
  bool ended = false;               ///< The next one failed, or there was no time for it.
  bool grows = false;               ///< All that were asked did.
  static constexpr std::string_view kName = "consumption_probed",
                                    kDoc = "What questions and conversations cost at the model.";
  static constexpr Source kSource = Source::scan;
  template <class To>
  static void fields(To&& field) {
    using K = ConsumptionProbed;
    field("journey", "", &K::journey);
    field("step", "", &K::step);
    field("target", "", &K::target);
    field("limit", "tokens", &K::limit);
    field("turns", "", &K::turns);
    field("first_messages", "", &K::first_messages);
    field("messages", "", &K::messages);
    field("ended", "", &K::ended);
    field("grows", "", &K::grows);
  }
};

/// A script that customers' browsers get was read for places that turn text into markup.
struct ScriptRead {
  std::string target;
  std::int64_t bytes = 0;
  bool minified = false;            ///< Too dense to be judged: not looked at.
  bool sanitizer = false;           ///< It names a known sanitizer.
  std::vector<std::string> places;  ///< "line 23: bubble.innerHTML = answer += data.text;", at most 20.
  static constexpr std::string_view kName = "script_read",
                                    kDoc = "A browser script and its places that turn text into markup.";
  static constexpr Source kSource = Source::scan;
  template <class To>
  static void fields(To&& field) {
    using K = ScriptRead;
    field("target", "", &K::target);
    field("bytes", "bytes", &K::bytes);
    field("minified", "", &K::minified);
    field("sanitizer", "", &K::sanitizer);
    field("places", "", &K::places);
  }
};

/// A secret in one of the application's files.
struct SecretFound {
  std::string file;  ///< Relative to the application's folder.
  std::int64_t line = 0;
  std::string rule;     ///< "OpenAI key", "private key", "password in a URL".
  std::string name;     ///< Of the variable, where it has one.
  std::string hash;     ///< Keyed.
  std::string tail;     ///< Its last two characters.
  std::string tracked;  ///< "tracked" or "not tracked" by git; "no repository" where there is none to ask.
  static constexpr std::string_view kName = "secret_found", kDoc = "A secret in one of the application's files.";
  static constexpr Source kSource = Source::scan;
  template <class To>
  static void fields(To&& field) {
    using K = SecretFound;
    field("file", "", &K::file);
    field("line", "", &K::line);
    field("rule", "", &K::rule);
    field("name", "", &K::name);
    field("hash", "", &K::hash);
    field("tail", "", &K::tail);
    field("tracked", "", &K::tracked);
  }
};

/// The application's files were read for secrets.
struct FilesRead {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t skipped = 0;  ///< Files that are too large or binary.
  bool limited = false;      ///< A limit was reached: not all were read.
  static constexpr std::string_view kName = "files_read", kDoc = "The application's files were read for secrets.";
  static constexpr Source kSource = Source::scan;
  template <class To>
  static void fields(To&& field) {
    using K = FilesRead;
    field("files", "", &K::files);
    field("bytes", "bytes", &K::bytes);
    field("skipped", "", &K::skipped);
    field("limited", "", &K::limited);
  }
};

/// What the application wrote to its standard output and error in a stretch of steady load.
struct OutputSeen {
  Ns from = 0;
  Ns to = 0;
  std::int64_t bytes = 0;
  std::int64_t lines = 0;
  std::int64_t json_lines = 0;  ///< Those that are a JSON object.
  static constexpr std::string_view kName = "output_seen",
                                    kDoc =
                                        "What the application wrote under steady load: its output, and its log files.";
  static constexpr Source kSource = Source::scan;
  template <class To>
  static void fields(To&& field) {
    using K = OutputSeen;
    field("from", "ns", &K::from);
    field("to", "ns", &K::to);
    field("bytes", "bytes", &K::bytes);
    field("lines", "", &K::lines);
    field("json_lines", "", &K::json_lines);
  }
};

/// A credential that the application sent on one of its edges, seen in clear by the relay.
struct CredentialSeen {
  std::int64_t pid = 0;
  std::int64_t owner = 0;
  std::string address;
  std::int64_t port = 0;
  std::string field;  ///< Header field: "authorization".
  std::string hash;   ///< Keyed, like SecretFound's.
  std::string tail;
  static constexpr std::string_view kName = "credential_seen", kDoc = "A credential sent in clear on an edge.";
  static constexpr Source kSource = Source::relay;
  template <class To>
  static void fields(To&& field) {
    using K = CredentialSeen;
    field("pid", "", &K::pid);
    field("owner", "", &K::owner);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("field", "", &K::field);
    field("hash", "", &K::hash);
    field("tail", "", &K::tail);
  }
};

/// What an outgoing request says about its sender: its run time with its version, or that it is part of a trace.
struct SenderSeen {
  std::int64_t pid = 0;
  std::int64_t owner = 0;
  std::string address;
  std::int64_t port = 0;
  std::string product;  ///< "Node.js", "Python", "Go"; empty where unsaid.
  std::string version;
  bool traced = false;  ///< It has a trace context (W3C traceparent, B3) or is an export of traces (OTLP).
  static constexpr std::string_view kName = "sender_seen", kDoc = "What an outgoing request says about its sender.";
  static constexpr Source kSource = Source::relay;
  template <class To>
  static void fields(To&& field) {
    using K = SenderSeen;
    field("pid", "", &K::pid);
    field("owner", "", &K::owner);
    field("address", "", &K::address);
    field("port", "", &K::port);
    field("product", "", &K::product);
    field("version", "", &K::version);
    field("traced", "", &K::traced);
  }
};

}  // namespace pl::record

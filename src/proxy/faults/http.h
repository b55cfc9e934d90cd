#pragma once
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "proxy/faults/message_fault.h"
#include "proxy/messages/http_tap.h"

/// Faults on HTTP exchanges: makers, parameters, and what they have in common. Each lives in a file http_*.cc.
namespace pl::proxy::faults {

inline constexpr std::array<ParameterRow, 2> kHttpMatchParameters{{
    text_parameter("method", "", "Of the requests that are meant; empty: any."),
    text_parameter("path", "", "Of the requests that are meant, * for anything; with a ? the query too; empty: any."),
}};

/// Which requests a fault is about.
class HttpMatch {
 public:
  static Result<HttpMatch> of(const Values& values);
  bool matches(const HttpRequest& request) const;

 private:
  HttpMatch(std::string method, std::string path) : method_(std::move(method)), path_(std::move(path)) {}

  std::string method_, path_;
};

/// An answer of the fault's own to a request, as it stands on the wire; to HEAD it has no body, and neither have those
/// whose status forbids it.
std::string own_answer(const HttpRequest& request, int status, wire::HttpHeaders fields, std::string_view body);

/// A fault on HTTP exchanges that is nothing but its setting: made of a row's Values, it has
/// `HttpPlan plan(const HttpRequest&, Rng&) const` for the requests that it acts on. `Match` says which those can be.
/// A filter may keep a reference to its setting, which update() writes into.
template <class Setting, class Match = HttpMatch, bool kReadsBodies = false>
class HttpFault : public MessageFault<HttpPlanner, HttpTap, Setting, Match> {
 public:
  using MessageFault<HttpPlanner, HttpTap, Setting, Match>::MessageFault;

 private:
  HttpPlan plan(const HttpRequest& request, Rng& rng) override {
    if (!this->match_.matches(request) || !this->selection_.takes(rng)) return {};
    return this->setting_.plan(request, rng);
  }
  std::optional<Ns> delay() const override { return delay_of(this->setting_); }
  bool reads_bodies() const override { return kReadsBodies; }
  bool reads_body_of(const wire::HttpHead& head) const override {
    if constexpr (requires { Match::may_match(head); }) return kReadsBodies && Match::may_match(head);
    return kReadsBodies;
  }
};

Result<std::unique_ptr<Fault>> make_http_status(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_http_delay(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_http_truncate(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_http_length(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_http_malformed(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_http_close(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_http_goaway(const Values& values, FaultContext context);

inline constexpr auto kHttpStatusParameters =
    joined(std::array<ParameterRow, 6>{{
               {"status", "", "Of the answer that the program gets instead of the server's.", 200, 599, 503, true},
               text_parameter("body", "{\"error\":\"injected\"}", "Of that answer; 204, 205 and 304 have none."),
               text_parameter("content_type", "application/json", "Of that body; one in headers goes before."),
               text_parameter("headers", "",
                              "More fields, one per line: Name: value. Not Content-Length or Transfer-Encoding."),
               {"retry_after", "s", "Value of Retry-After; -1: no such field.", -1, 1e6, -1, true},
               {"delay", "ms", "From the request to the answer.", 0, kHourMs, 0},
           }},
           kHttpMatchParameters, kSelectionParameters);
inline constexpr auto kHttpDelayParameters =
    joined(std::array<ParameterRow, 2>{{
               {"head", "ms", "The answer's head waits this much.", 0, kHourMs, 1000},
               {"between", "ms", "Before each part of the body, as the server sent it.", 0, kHourMs, 0},
           }},
           kHttpMatchParameters, kSelectionParameters);
inline constexpr auto kHttpTruncateParameters =
    joined(std::array<ParameterRow, 1>{{
               {"bytes", "bytes", "Of the body that come before the connection ends.", 0, 1e12, 16, true},
           }},
           kHttpMatchParameters, kSelectionParameters);
inline constexpr auto kHttpLengthParameters = joined(
    std::array<ParameterRow, 1>{{
        {"by", "bytes",
         "The answer's Content-Length is this much more than its body, or less. One in chunks never gets its last "
         "chunk; one that only its connection's end ends, or its stream's (HTTP/2), stays as it is.",
         -1e9, 1e9, 10, true},
    }},
    kHttpMatchParameters, kSelectionParameters);
inline constexpr auto kHttpGoawayParameters = joined(
    std::array<ParameterRow, 3>{{
        choice_parameter(
            "request", "served", "served, refused",
            "served: the request that it is sent at still gets its answer, as do those before it; refused: "
            "it goes nowhere, and neither does what comes behind it."),
        choice_parameter("error", "no_error", "no_error, internal_error, enhance_your_calm", "The code that it names."),
        {"drain", "ms", "The connection ends when all that is served has its answer, or after this.", 0, kHourMs,
         10'000},
    }},
    kHttpMatchParameters, kSelectionParameters);
inline constexpr auto kHttpMatchOnlyParameters = joined(kHttpMatchParameters, kSelectionParameters);

}  // namespace pl::proxy::faults

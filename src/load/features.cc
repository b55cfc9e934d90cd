#include "load/features.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "base/limits.h"
#include "load/links.h"
#include "load/text.h"

namespace pl::load {
namespace {

constexpr std::array<std::string_view, 26> kErrorWords = {
    "error",       "errors",     "exception",    "exceptions",  "failed",    "failure",     "fail",
    "unavailable", "timeout",    "timedout",     "sorry",       "fatal",     "unreachable", "unreached",
    "traceback",   "panic",      "econnrefused", "econnreset",  "etimedout", "enotfound",   "ehostunreach",
    "overloaded",  "unexpected", "degraded",     "maintenance", "offline"};
constexpr std::array<std::string_view, 14> kErrorPhrases = {
    "try again",           "timed out",     "went wrong", "not available",       "could not",
    "cannot connect",      "can't connect", "unable to",  "connection refused",  "connection terminated",
    "no longer connected", "out of memory", "rate limit", "too many connections"};
/// Keys that say by `false` that something went wrong.
constexpr std::array<std::string_view, 4> kSuccessKeys = {"ok", "success", "succeeded", "successful"};
/// Keys that carry a status inside the answer; from 400 on it says what went wrong.
constexpr std::array<std::string_view, 4> kStatusKeys = {"code", "status", "statuscode", "status_code"};
constexpr double kFirstBad = 400, kLastBad = 599;
/// Keys that what was asked for comes in.
constexpr std::array<std::string_view, 6> kEnvelopes = {"data", "result", "results", "response", "payload", "body"};
constexpr std::string_view kLocation = "location ";

void add(TextSet& set, std::string text) {
  if (!set.contains(text) && set.size() < limits::kAnswerFeatures) set.insert(std::move(text));
}

bool is_error_word(std::string_view word) { return std::ranges::find(kErrorWords, word) != kErrorWords.end(); }

/// Looks through the text as far as the answer's share of looking reaches (limits::kAnswerTextBytes).
void add_error_words(Features& features, std::string_view text) {
  text = text.substr(0, limits::kAnswerTextBytes - std::min(features.looked_at, limits::kAnswerTextBytes));
  features.looked_at += text.size();
  const std::string small = lower(text);
  for_each_word(small, [&](const std::string& word) {
    if (is_error_word(word)) add(features.error_words, word);
  });
  for (const std::string_view phrase : kErrorPhrases) {
    if (small.find(phrase) != small.npos) add(features.error_words, std::string(phrase));
  }
}

/// null, false, 0, "", [] and {} say that there is nothing.
bool says_nothing(const Json& value) {
  if (value.is_null()) return true;
  if (value.is_bool()) return !value.as_bool();
  if (value.is_number()) return value.as_double() == 0;
  if (value.is_string()) return value.as_string().empty();
  return value.size() == 0;
}

/// A key's words, so that errorMessage and error_code count as `error` too.
bool is_error_key(std::string_view key) {
  const std::string small = lower(key);
  return small == "errno" || small == "errcode" || small == "err" || small.starts_with("error") ||
         small.starts_with("exception") || small.ends_with("error") || small == "errors";
}

bool is_one_of(std::span<const std::string_view> names, const std::string& key) {
  return std::ranges::find(names, lower(key)) != names.end();
}

void judge_member(Features& features, const std::string& key, const Json& value) {
  if (is_error_key(key) && !says_nothing(value)) add(features.error_words, lower(key));
  const bool says_failure = value.is_bool() && !value.as_bool();
  if (says_failure && is_one_of(kSuccessKeys, key)) add(features.error_words, lower(key) + ": false");
  const bool bad = value.is_number() && value.as_double() >= kFirstBad && value.as_double() <= kLastBad;
  if (bad && is_one_of(kStatusKeys, key)) {
    add(features.error_words, lower(key) + ": " + std::to_string(static_cast<int>(value.as_double())));
  }
}

void walk(Features& features, const Json& value, const std::string& path, bool in_array) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.members()) {
      const std::string below = path + "." + key;
      add(features.parts, below);
      judge_member(features, key, member);
      walk(features, member, below, in_array);
    }
  } else if (value.is_array()) {
    if (!in_array && value.size() > 0) add(features.filled, path);
    const std::string below = path + "[]";
    if (value.size() > 0) add(features.parts, below);
    const std::size_t looked_at = std::min(value.size(), limits::kAnswerElements);
    for (std::size_t i = 0; i < looked_at; ++i) walk(features, value.at(i), below, true);
  } else if (value.is_string()) {
    add_error_words(features, value.as_string());
  }
}

/// The text with scripts and styles blanked: their words say nothing to a customer.
std::string without_scripts(std::string_view html) {
  std::string out(html);
  for (const std::string_view tag : {"script", "style"}) {
    std::size_t at = 0;
    while ((at = find_ignoring_case(out, "<" + std::string(tag), at)) != out.npos) {
      const std::size_t open_end = out.find('>', at);
      const std::size_t end = find_ignoring_case(out, "</" + std::string(tag), at);
      if (open_end == out.npos || end == out.npos || end < open_end) break;
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(open_end) + 1, out.begin() + static_cast<std::ptrdiff_t>(end),
                ' ');
      at = end;
    }
  }
  return out;
}

}  // namespace

std::string media_of(std::string_view content_type) {
  return lower(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_json(std::string_view media) { return media.ends_with("/json") || media.ends_with("+json"); }

bool is_event_stream(std::string_view media) { return media == "text/event-stream"; }

void add_json(Features& features, const Json& document) {
  add(features.parts, "$");
  if (document.is_object()) {
    for (const auto& [key, member] : document.members()) {
      const bool has_members = member.is_object() && member.size() > 0;
      if (has_members && is_one_of(kEnvelopes, key)) add(features.envelopes, key);
    }
  }
  walk(features, document, "$", false);
}

void add_location(Features& features, std::string_view location) {
  const std::size_t scheme = location.find("://");
  if (scheme != location.npos) location.remove_prefix(std::min(location.find('/', scheme + 3), location.size()));
  add(features.parts, std::string(kLocation) + template_of(location.substr(0, location.find_first_of("?#"))));
}

bool leads_elsewhere(const TextSet& usual, const TextSet& seen) {
  const auto place = usual.lower_bound(kLocation);
  return place != usual.end() && place->starts_with(kLocation) && !seen.contains(*place);
}

void add_text(Features& features, std::string_view text) {
  text = text.substr(0, limits::kAnswerTextBytes);
  for_each_word(text, [&](const std::string& word) {
    if (word.size() <= limits::kAnswerWordBytes) add(features.parts, word);
  });
  add_error_words(features, text);
}

bool is_error_document(const Json& document) {
  if (!document.is_object()) return false;
  if (!says_nothing(document["error"]) || !says_nothing(document["errors"])) return true;
  return document["type"].is_string() && document["type"].as_string() == "error";
}

Features features_of(std::string_view media, std::string_view body, bool cut) {
  Features features;
  if (trim(body).empty()) {
    features.hollow = true;
    return features;
  }
  const bool looks_like_json =
      (media == "text/plain" || media == "text/html") && (trim(body).front() == '{' || trim(body).front() == '[');
  if (is_json(media) || looks_like_json) {
    const Result<Json> document = Json::parse(body);
    if (document) {
      features.hollow = says_nothing(*document) && !document->is_bool() && !document->is_number();
      add_json(features, *document);
    } else if (cut || looks_like_json) {
      add_text(features, body);
    }
    return features;
  }
  // What programs read (styles, scripts, images) is compared by status and type alone.
  const bool markup = media.contains("html") || media.contains("xml");
  if (markup) {
    add_text(features, without_scripts(body.substr(0, limits::kAnswerMarkupBytes)));
  } else if (media == "text/plain" || media.empty()) {
    add_text(features, body);
  }
  return features;
}

}  // namespace pl::load

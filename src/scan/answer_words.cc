#include "scan/answer_words.h"

#include <algorithm>
#include <array>

#include "base/internals.h"
#include "base/limits.h"

namespace pl::scan {
namespace {

constexpr std::array<std::string_view, 10> kFields = {
    "content-security-policy", "x-content-type-options",      "x-frame-options", "referrer-policy",
    "permissions-policy",      "strict-transport-security",   "server",          "x-powered-by",
    "cache-control",           "access-control-allow-origin",
};

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

}  // namespace

std::string media_of(const wire::HttpHead& head) {
  std::string media = lower(std::string(head.value("content-type")));
  media = media.substr(0, media.find(';'));
  while (media.ends_with(' ')) media.pop_back();
  return media;
}

std::string without_value(const std::string& set_cookie) {
  const std::size_t end = std::min(set_cookie.find(';'), set_cookie.size());
  return set_cookie.substr(0, std::min(set_cookie.find('='), end)) + set_cookie.substr(end, limits::kProbeFieldBytes);
}

record::AnswerProbed describe(const Asked& asked) {
  record::AnswerProbed seen;
  seen.status = asked.head.status;
  seen.media = media_of(asked.head);
  Json fields = Json::object();
  for (const std::string_view name : kFields) {
    if (const std::string* value = asked.head.find(name)) fields.set(name, value->substr(0, limits::kProbeFieldBytes));
  }
  if (fields.size() > 0) seen.headers = std::move(fields);
  for (const wire::HttpHeader& header : asked.head.headers) {
    const bool cookie = wire::equal_ignoring_case(header.name, "set-cookie");
    if (cookie && seen.cookies.size() < limits::kCookiesPerUser) seen.cookies.push_back(without_value(header.value));
  }
  if (seen.status < 400) return seen;
  if (const auto internals = find_internals(asked.body)) {
    seen.internals = internals->what;
    seen.excerpt = internals->excerpt;
  }
  return seen;
}

}  // namespace pl::scan

#include "load/rate_limit.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace pl::load {
namespace {

constexpr std::int64_t kSince1970 = 1'000'000'000;             ///< Seconds; no limit lasts so long.
constexpr std::int64_t kMillisSince1970 = kSince1970 * 1'000;  ///< The same in milliseconds.
constexpr std::int64_t kLongest = 86'400;                      ///< Seconds that are believed.

std::optional<std::int64_t> number_at(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\"=");
  std::int64_t value = 0;
  if (from == std::string_view::npos) return std::nullopt;
  const auto read = std::from_chars(text.data() + from, text.data() + text.size(), value);
  if (read.ec != std::errc() || value < 0) return std::nullopt;
  return value;
}

/// RFC 9110 section 5.6.7, the preferred form.
std::optional<std::int64_t> date_of(const std::string& text) {
  tm parts{};
  if (strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return timegm(&parts);
}

std::optional<Ns> until(const std::string& text, std::int64_t wall_seconds) {
  std::optional<std::int64_t> value = number_at(text);
  if (!value) value = date_of(text);
  if (!value) return std::nullopt;
  if (*value >= kMillisSince1970) *value /= 1'000;
  if (*value >= kSince1970) *value -= wall_seconds;
  return std::clamp<std::int64_t>(*value, 0, kLongest) * kSec;
}

/// The number of a parameter: "w" of "100;w=60".
std::optional<Ns> parameter(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const bool begins = at == 0 || text[at - 1] == ';' || text[at - 1] == ',' || text[at - 1] == ' ';
    const std::string_view rest = text.substr(at + name.size());
    if (!begins || !rest.starts_with('=')) continue;
    const auto value = number_at(rest);
    if (value) return std::min(*value, kLongest) * kSec;
  }
  return std::nullopt;
}

}  // namespace

RateLimit rate_limit_of(const wire::HttpHeaders& headers, std::int64_t wall_seconds) {
  RateLimit limit;
  for (const char* name : {"retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"}) {
    const std::string* value = wire::find_header(headers, name);
    if (value != nullptr && !limit.reset) limit.reset = until(*value, wall_seconds);
  }
  if (const std::string* value = wire::find_header(headers, "ratelimit"); value != nullptr && !limit.reset) {
    limit.reset = parameter(*value, "reset");
    if (!limit.reset) limit.reset = parameter(*value, "t");
  }
  if (const std::string* value = wire::find_header(headers, "ratelimit-policy")) {
    limit.window = parameter(*value, "w").value_or(0);
  }
  return limit;
}

}  // namespace pl::load

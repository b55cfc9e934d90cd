#include "load/cookies.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/limits.h"
#include "load/text.h"
#include "wire/http1.h"

namespace pl::load {
namespace {

using wire::equal_ignoring_case;

constexpr int kOldYear = 2000;  ///< Whoever says an earlier year deletes.

/// Section 5.1.4: the folder of the request's path.
std::string default_path(std::string_view target) {
  const std::string_view path = target.substr(0, target.find_first_of("?#"));
  const std::size_t slash = path.rfind('/');
  return slash == path.npos || slash == 0 || path.front() != '/' ? "/" : std::string(path.substr(0, slash));
}

/// Section 5.1.4, path-match.
bool path_matches(std::string_view request, std::string_view cookie) {
  if (!request.starts_with(cookie)) return false;
  return request.size() == cookie.size() || cookie.back() == '/' || request[cookie.size()] == '/';
}

/// Section 5.1.1: the year of a date, in whatever order and with whatever marks it is written; 0: none.
int year_of(std::string_view date) {
  constexpr std::string_view kMarks = " ,-/;.\t";
  bool day = false;
  while (!date.empty()) {
    const std::string_view token = date.substr(0, date.find_first_of(kMarks));
    date.remove_prefix(std::min(date.size(), token.size() + 1));
    int number = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
    if (error != std::errc() || end != token.data() + token.size()) continue;  // a name, or the time
    if (!day && token.size() <= 2) {
      day = true;
    } else if (token.size() >= 2 && token.size() <= 4) {
      return number < 70 ? number + 2000 : number < 100 ? number + 1900 : number;
    }
  }
  return 0;
}

/// Section 5.3: Max-Age tells, and where there is none Expires.
struct Lifetime {
  std::optional<bool> by_age, by_date;  ///< Whether it deletes the cookie.
  void read(std::string_view name, std::string_view value) {
    if (equal_ignoring_case(name, "max-age")) {
      long seconds = 1;
      std::from_chars(value.data(), value.data() + value.size(), seconds);
      by_age = seconds <= 0;
    } else if (equal_ignoring_case(name, "expires")) {
      const int year = year_of(value);
      by_date = year > 0 && year < kOldYear;
    }
  }
  bool over() const { return by_age.value_or(by_date.value_or(false)); }
};

}  // namespace

void CookieJar::set(std::string_view set_cookie, std::string_view request_path) {
  const std::vector<std::string_view> parts = split(set_cookie, ';');
  const std::size_t equals = parts.front().find('=');
  if (equals == std::string_view::npos || set_cookie.size() > limits::kCookieBytes) return;
  Cookie cookie{std::string(trim(parts.front().substr(0, equals))), std::string(trim(parts.front().substr(equals + 1))),
                default_path(request_path)};
  if (cookie.name.empty()) return;
  Lifetime lifetime;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t mark = parts[i].find('=');
    const std::string_view name = trim(parts[i].substr(0, mark));
    const std::string_view value = mark == std::string_view::npos ? "" : trim(parts[i].substr(mark + 1));
    if (equal_ignoring_case(name, "path") && value.starts_with('/')) cookie.path = value;
    lifetime.read(name, value);
  }
  std::erase_if(cookies_, [&](const Cookie& old) { return old.name == cookie.name && old.path == cookie.path; });
  if (lifetime.over()) return;
  if (cookies_.size() >= limits::kCookiesPerUser) cookies_.erase(cookies_.begin());  // section 5.3: the oldest goes
  cookies_.push_back(std::move(cookie));
}

std::string CookieJar::header(std::string_view target) const {
  const std::string_view path = target.substr(0, target.find_first_of("?#"));
  std::vector<const Cookie*> sent;
  for (const Cookie& cookie : cookies_) {
    if (path_matches(path, cookie.path)) sent.push_back(&cookie);
  }
  std::ranges::stable_sort(sent, [](const Cookie* a, const Cookie* b) { return a->path.size() > b->path.size(); });
  std::string text;
  for (const Cookie* cookie : sent) {
    if (!text.empty()) text += "; ";
    text += cookie->name + "=" + cookie->value;
  }
  return text;
}

}  // namespace pl::load

#pragma once
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "wire/http1.h"

namespace pl::load {

inline constexpr int kTooMany = 429;  ///< Too Many Requests (RFC 6585 section 4).

/// What an answer says of how often a customer may ask.
struct RateLimit {
  std::optional<Ns> reset;  ///< From the answer until more is allowed.
  Ns window = 0;            ///< In which the limit is counted; 0: not said.
};

/// Reads Retry-After (RFC 9110 section 10.2.3), RateLimit, RateLimit-Reset and RateLimit-Policy (the drafts of
/// httpapi-ratelimit-headers), X-RateLimit-Reset: seconds from now, seconds or milliseconds since 1970, or a date.
RateLimit rate_limit_of(const wire::HttpHeaders& headers, std::int64_t wall_seconds);

}  // namespace pl::load

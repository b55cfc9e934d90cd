#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "base/json.h"

namespace pl::proxy {

/// A refusal of the control API, with Toxiproxy's text and HTTP status.
struct ApiError {
  int status = 500;
  std::string text;
};

template <class T>
using ApiResult = std::expected<T, ApiError>;

inline std::unexpected<ApiError> refuse(int status, std::string text) {
  return std::unexpected(ApiError{status, std::move(text)});
}

/// What every refusal of a request's body begins with.
inline constexpr std::string_view kBadBody = "bad request body: ";
inline std::unexpected<ApiError> bad_body(std::string_view why) {
  return refuse(400, std::string(kBadBody) + std::string(why));
}

/// A field's text; the fallback where there is none, or null.
inline ApiResult<std::string> text_of(const Json& json, std::string_view field, std::string fallback) {
  const Json& value = json[field];
  if (value.is_null()) return fallback;
  if (!value.is_string()) return bad_body(std::string(field) + " must be a string");
  return value.as_string();
}

}  // namespace pl::proxy

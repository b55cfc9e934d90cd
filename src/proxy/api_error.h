#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace pl::proxy {

/// A refusal of the control API, with Toxiproxy's text and HTTP status.
struct ApiError {
  int status = 500;
  std::string text;
  /// Where in the body it is, from the outside: names of members, numbers of elements. For who reads a file; requests
  /// are answered without it.
  std::vector<std::string> path{};
};

template <class T>
using ApiResult = std::expected<T, ApiError>;

/// `field`: the one that is wrong, where it is one.
inline std::unexpected<ApiError> refuse(int status, std::string text, std::string_view field = {}) {
  ApiError error{status, std::move(text)};
  if (!field.empty()) error.path.emplace_back(field);
  return std::unexpected(std::move(error));
}

/// What every refusal of a request's body begins with.
inline constexpr std::string_view kBadBody = "bad request body: ";
inline std::unexpected<ApiError> bad_body(std::string_view why, std::string_view field = {}) {
  return refuse(400, std::string(kBadBody) + std::string(why), field);
}

/// A refusal of what this step leads to: the member with that name, or the element with that number.
inline ApiError within(std::string_view step, ApiError error) {
  error.path.emplace(error.path.begin(), step);
  return error;
}
template <class T>
ApiResult<T> within(std::string_view step, ApiResult<T> result) {
  if (!result) return std::unexpected(within(step, std::move(result).error()));
  return result;
}

/// A field's text; the fallback where there is none, or null.
inline ApiResult<std::string> text_of(const Json& json, std::string_view field, std::string fallback) {
  const Json& value = json[field];
  if (value.is_null()) return fallback;
  if (!value.is_string()) return bad_body(std::string(field) + " must be a string", field);
  return value.as_string();
}

}  // namespace pl::proxy

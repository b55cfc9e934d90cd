#pragma once
#include <expected>
#include <string>

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

}  // namespace pl::proxy

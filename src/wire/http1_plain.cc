#include "wire/http1_plain.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/limits.h"
#include "wire/http1.h"

namespace pl::wire {
namespace {

constexpr std::string_view kLineEnd = "\r\n", kVersion = " HTTP/1.1\r", kStatus = "HTTP/1.1 ";
constexpr std::string_view kLength = "content-length", kCoding = "transfer-encoding";
constexpr std::size_t kDigits = 18;  ///< Of a length that no 64 bits are too few for.

/// What stands behind the fields: where the body begins, and its length if that is said.
struct HeadEnd {
  std::size_t body = 0;
  std::optional<std::size_t> length;
};

/// The value of a Content-Length field; nothing where it is not plainly a number.
std::optional<std::size_t> read_length(std::string_view value) {
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  if (!value.ends_with('\r') || value.size() > kDigits) return std::nullopt;
  std::size_t length = 0;
  const char* const last = value.data() + value.size() - 1;
  const auto [end, failed] = std::from_chars(value.data(), last, length);
  if (failed != std::errc() || end != last) return std::nullopt;
  return length;
}

/// The lines from `at` on, a start line's end; nothing where one of them needs a closer look.
std::optional<HeadEnd> skim_fields(std::string_view bytes, std::size_t at) {
  std::optional<std::size_t> length;
  while (at < bytes.size()) {
    const char first = bytes[at];
    if (first <= ' ') {
      if (bytes.substr(at, kLineEnd.size()) != kLineEnd || at + kLineEnd.size() > limits::kHttpHeadBytes)
        return std::nullopt;
      return HeadEnd{at + kLineEnd.size(), length};
    }
    const std::size_t newline = bytes.find('\n', at);
    if (newline == bytes.npos) return std::nullopt;
    const std::string_view line = bytes.substr(at, newline - at);
    if ((first | 0x20) == 't' && equal_ignoring_case(line.substr(0, kCoding.size()), kCoding)) return std::nullopt;
    if ((first | 0x20) == 'c' && equal_ignoring_case(line.substr(0, kLength.size()), kLength)) {
      if (length || line.substr(kLength.size(), 1) != ":") return std::nullopt;
      length = read_length(line.substr(kLength.size() + 1));
      if (!length) return std::nullopt;
    }
    at = newline + 1;
  }
  return std::nullopt;
}

std::size_t whole(std::string_view bytes, std::size_t body, std::size_t length) {
  return length <= bytes.size() - body ? body + length : 0;
}

}  // namespace

std::size_t plain_request(std::string_view bytes) {
  const std::size_t newline = bytes.find('\n');
  if (newline == bytes.npos) return 0;
  std::string_view line = bytes.substr(0, newline);
  if (!line.ends_with(kVersion)) return 0;
  line.remove_suffix(kVersion.size());
  const std::string_view method = line.substr(0, line.find(' '));
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (method.empty() || method == "HEAD" || method == "CONNECT" || !std::ranges::all_of(method, is_capital)) return 0;
  line.remove_prefix(method.size());
  // One blank, and a target without any.
  if (line.size() < 2 || line.find_first_of(" \t", 1) != line.npos) return 0;
  const std::optional<HeadEnd> end = skim_fields(bytes, newline + 1);
  return end ? whole(bytes, end->body, end->length.value_or(0)) : 0;
}

std::size_t plain_answer(std::string_view bytes) {
  const std::size_t newline = bytes.find('\n');
  if (newline == bytes.npos || !bytes.starts_with(kStatus)) return 0;
  const std::string_view rest = bytes.substr(kStatus.size(), newline - kStatus.size());
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (rest.size() < 4 || rest.front() < '2' || !std::ranges::all_of(rest.substr(0, 3), is_digit)) return 0;
  if ((rest[3] != ' ' && rest.substr(3) != "\r") || !rest.ends_with('\r')) return 0;
  if (rest.starts_with("204") || rest.starts_with("304")) return 0;
  const std::optional<HeadEnd> end = skim_fields(bytes, newline + 1);
  return end && end->length ? whole(bytes, end->body, *end->length) : 0;
}

}  // namespace pl::wire

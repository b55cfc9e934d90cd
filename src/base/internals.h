#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace pl {

/// What an answer shows of the inside of a program, and where.
struct Internals {
  std::string_view what;  ///< "a stack trace", "a file path", "a database's error text" ...
  std::string excerpt;    ///< The place, one line, at most 200 bytes; passwords in URLs are masked.
};

/// Looks for the marks that stack traces, file paths, database errors, addresses of the inside and debug pages leave.
/// Meant for answers that failed: a page that explains such things has them too.
std::optional<Internals> find_internals(std::string_view text);

/// One line of printable text around a place, at most 200 bytes, with passwords in URLs masked.
std::string excerpt_at(std::string_view text, std::size_t place);

}  // namespace pl

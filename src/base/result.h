#pragma once
#include <expected>
#include <string>
#include <utility>

#include "base/errors.h"

namespace pl {

/// An expected failure with its whole story, printable without a look-up.
struct Error {
  Errc code = Errc::io;
  std::string detail;     ///< What went wrong and what would be right; one line.
  int source_code = 0;    ///< The source's own number (errno, an OpenSSL code), 0 where there is none.
  std::string context{};  ///< What we were doing, outermost first, ": " between the parts.

  /// One line: context, detail, and the meaning of a system error number.
  std::string message() const;
};

template <class T>
using Result = std::expected<T, Error>;

/// A failure to return: `return fail(Errc::config, "...")`.
std::unexpected<Error> fail(Errc code, std::string detail);
/// A failure of a system call: keeps errno's number and names it. Pass errno as it was right after the call.
std::unexpected<Error> fail_errno(int number, std::string detail);
/// Adds what we were doing to a failure that passes through.
std::unexpected<Error> in_context(Error error, std::string_view context);

}  // namespace pl

/// The value of a Result, or return its error from the current function.
#define PL_TRY(expr)                                                              \
  __extension__({                                                                 \
    auto pl_try_result = (expr);                                                  \
    if (!pl_try_result) return std::unexpected(std::move(pl_try_result).error()); \
    std::move(pl_try_result).value();                                             \
  })

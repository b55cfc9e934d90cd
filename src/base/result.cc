#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace pl {

std::string Error::message() const {
  std::string text = context.empty() ? detail : context + ": " + detail;
  if (source_code != 0 && code != Errc::protocol) text += std::string(" (") + std::strerror(source_code) + ")";
  return text;
}

std::unexpected<Error> fail(Errc code, std::string detail) { return std::unexpected(Error{code, std::move(detail)}); }

std::unexpected<Error> fail_errno(int number, std::string detail) {
  Errc code = Errc::io;
  if (number == ENOSPC || number == EDQUOT) code = Errc::disk_full;
  if (number == EACCES || number == EPERM || number == EROFS) code = Errc::permission;
  if (number == EADDRINUSE) code = Errc::port_taken;
  if (number == ENOENT) code = Errc::not_found;
  return std::unexpected(Error{code, std::move(detail), number});
}

std::unexpected<Error> in_context(Error error, std::string_view context) {
  error.context = error.context.empty() ? std::string(context) : std::string(context) + ": " + error.context;
  return std::unexpected(std::move(error));
}

}  // namespace pl

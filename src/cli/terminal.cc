#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/commands.h"
#include "os/terminal.h"

namespace pl::cli {

Terminal terminal() {
  Terminal terminal;
  const int width = os::terminal_size().columns;
  const char* no_colour = std::getenv("NO_COLOR");  // no-color.org: any value that is not empty
  const char* kind = std::getenv("TERM");
  terminal.interactive = width > 0 && kind != nullptr && std::string_view(kind) != "dumb";
  terminal.colour = terminal.interactive && (no_colour == nullptr || *no_colour == '\0');
  if (width > 0) terminal.width = width;
  return terminal;
}

Result<int> print_text(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return 0;
  return fail_errno(errno, "cannot write to standard output");
}

}  // namespace pl::cli

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

}  // namespace pl::cli

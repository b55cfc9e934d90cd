#include "os/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace pl::os {

int terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0) return 0;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace pl::os

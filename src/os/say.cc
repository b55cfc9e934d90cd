#include "os/say.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace pl::os {

bool say_line(int fd, std::string_view line) {
  // A pipe that can be written takes PIPE_BUF bytes without blocking. The descriptor may be shared with programs that
  // do not expect O_NONBLOCK.
  std::string text(line.substr(0, PIPE_BUF - 1));
  text += '\n';
  pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return false;
  ssize_t put = -1;
  do put = ::write(fd, text.data(), text.size());
  while (put < 0 && errno == EINTR);
  return put == static_cast<ssize_t>(text.size());
}

void hold_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest that is free, which is this one: those below are open.
    const int held = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (held < 0) return;
  }
}

}  // namespace pl::os

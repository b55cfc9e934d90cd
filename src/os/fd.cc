#include "os/fd.h"

#include <unistd.h>

namespace pl::os {

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace pl::os

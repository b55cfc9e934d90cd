#include "os/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "os/thread.h"

namespace pl::os {

std::int64_t core_count() { return static_cast<std::int64_t>(usable_cores().size()); }

std::int64_t user_id() { return static_cast<std::int64_t>(::geteuid()); }

std::string kernel_name() {
  utsname name{};
  if (::uname(&name) != 0) return {};
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

}  // namespace pl::os

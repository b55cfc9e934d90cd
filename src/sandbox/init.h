#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "os/fd.h"
#include "sandbox/kernel.h"

/// The process below which everything runs: PID 1 of a PID, mount and IPC namespace (in a user namespace where we are
/// not root), or an ordinary subreaper where namespaces are denied. It installs the filter, hands the listener to the
/// supervisor, then spawns commands on request and reaps. When the supervisor goes, it goes, and all below it.
namespace pl::sandbox {

/// How the init is kept apart.
enum class Isolation { none, namespaces, user_namespaces };

/// An init that stands.
struct Init {
  pid_t pid = -1;
  os::Fd channel;
  os::Fd listener;  ///< The filter's.
  Isolation isolation = Isolation::none;
  bool wait_killable = false;
  bool private_shm = false;         ///< Its /dev/shm and System V shared memory vanish with it.
  std::vector<std::string> limits;  ///< What this machine does not allow, in words.
};

/// Starts the init with the best isolation that is allowed. Called by a process with one thread.
Result<Init> start_init(const FilterOptions& filter, bool no_namespaces, bool report_reaped);

/// SIGKILL to everything below a process (not to itself), again until nothing is left or the tries are used up.
void kill_descendants(pid_t top);

}  // namespace pl::sandbox

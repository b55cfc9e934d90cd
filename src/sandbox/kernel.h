#pragma once
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "os/fd.h"

/// The kernel's interfaces that the sandbox stands on: seccomp user notification (seccomp_unotify(2)), pidfds, and the
/// constants that the headers of Linux 6.1 lack. Thin: one call each.
namespace pl::sandbox {

// Names of the kernel's headers are macros there; these are ours.
inline constexpr unsigned long kWaitKillable = 1UL << 5;  ///< SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 5.19.
inline constexpr unsigned kPidfdThread = O_EXCL;          ///< PIDFD_THREAD, 6.9.
inline constexpr unsigned long kNotifSetFlags = SECCOMP_IOW(4, std::uint64_t);  ///< SECCOMP_IOCTL_NOTIF_SET_FLAGS, 6.6.
inline constexpr unsigned long kSyncWakeUp = 1;  ///< SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP, 6.6.

/// Which system calls the filter notifies of beside connect, listen, bind, execve and datagram sockets.
struct FilterOptions {
  bool notify_exit = false;   ///< exit_group: only where the kernel tells exit statuses in no other way.
  bool older_kernel = false;  ///< Do without kWaitKillable.
};

/// An installed filter.
struct Installed {
  os::Fd listener;
  bool wait_killable = false;
};
/// Installs the filter on the calling thread and all that descends from it; sets no_new_privs first where the caller
/// is not root. Errc::unsupported names the reason: EBUSY is a notifying filter above us (proofload in proofload).
Result<Installed> install_filter(const FilterOptions& options);

/// How a process ended, from a pidfd that polls readable. False: not known (the kernel is older than 6.15, or the
/// process has not been reaped yet).
bool pidfd_exit_code(int pidfd, int& wait_status);
/// Whether this kernel tells exit statuses by pidfd: tried with a child.
bool kernel_tells_exits();
/// A pidfd; flags may be kPidfdThread.
os::Fd open_pidfd(pid_t pid, unsigned flags);
/// A copy of another process's descriptor; empty with errno set where it is not allowed.
os::Fd copy_descriptor(int pidfd, int fd);
/// Reads another process's memory; fewer bytes where the rest is not mapped. errno tells why it is empty.
std::string read_memory(pid_t pid, std::uint64_t address, std::size_t size);
/// A NUL-terminated string in another process, at most `limit` bytes.
std::string read_text(pid_t pid, std::uint64_t address, std::size_t limit);

}  // namespace pl::sandbox

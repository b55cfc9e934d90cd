#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "os/fd.h"

/// System calls that the filter hands over, and how they are answered (seccomp_unotify(2)).
namespace pl::sandbox {

/// A system call that waits for an answer.
struct Call {
  std::uint64_t id = 0;
  pid_t thread = 0;  ///< Who calls, as we see it; often not the leader of its thread group.
  int number = 0;
  std::uint64_t args[6]{};
};

/// What becomes of it.
struct Answer {
  enum class How {
    proceed,  ///< The kernel executes it.
    fail,     ///< It returns -1 with `error`.
    done,     ///< It returns 0.
    sent,     ///< It has been answered already.
  };
  How how = How::proceed;
  int error = 0;

  static Answer failing(int error) { return {How::fail, error}; }
};

/// The filter's listener.
class Notifications {
 public:
  Notifications(os::Fd listener, bool older_kernel);
  int fd() const { return listener_.get(); }
  /// The next call; nothing when there is none (any more).
  std::optional<Call> receive();
  /// Whether the caller still waits: what was read from its memory before is then really its own.
  bool valid(std::uint64_t id) const;
  /// False: the caller waits no more (it was killed, or a signal made it start anew on older kernels).
  bool answer(std::uint64_t id, const Answer& answer);
  /// Gives the caller a copy of a descriptor and lets its call return that number; the errno of a failure, else 0.
  int answer_descriptor(std::uint64_t id, int fd, bool close_on_exec);

 private:
  os::Fd listener_;
  bool older_kernel_;
  std::vector<std::uint64_t> request_, response_;  ///< Room as large as the kernel wants it.
};

/// Calling threads: the process each belongs to, and a pidfd that reaches its descriptors. Entries are kept, because
/// opening a pidfd per connect costs; a dead thread's pidfd says so itself, so that a reused id is never mistaken.
class Threads {
 public:
  explicit Threads(bool older_kernel) : older_kernel_(older_kernel) {}
  /// Thread-group id of a thread, read afresh.
  pid_t process_of(pid_t thread);
  /// A copy of the caller's descriptor, and its process. Empty descriptor: errno tells why.
  struct Copy {
    os::Fd fd;
    pid_t process = 0;
  };
  Copy copy(pid_t thread, int fd);

 private:
  struct Entry {
    os::Fd pidfd;
    pid_t process = 0;
  };
  Entry open(pid_t thread);
  bool older_kernel_;
  std::unordered_map<pid_t, Entry> entries_;
};

}  // namespace pl::sandbox

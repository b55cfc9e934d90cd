#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/handoff.h"
#include "os/fd.h"
#include "sandbox/outbox.h"

namespace pl::sandbox {

/// A program that a process asked the kernel to execute.
struct Exec {
  std::string path;
  std::vector<std::string> argv;
  std::string folder{};  ///< These three as they were at the call.
  pid_t parent = 0;
  long uid = -1;
};

/// The supervisor's knowledge of the processes below it: what they executed, who listens, whose component they belong
/// to, how they ended. Observations about them go out from here.
class Tree {
 public:
  /// Told with a pidfd when a process becomes known: it must be watched until it polls readable, then ended() called.
  using Watch = std::function<void(pid_t pid, int pidfd)>;
  Tree(Outbox& outbox, pid_t init, Watch watch) : outbox_(outbox), init_(init), watch_(std::move(watch)) {}

  /// The init forked this process for a command of proofload's.
  void spawned(pid_t pid, const std::string& provided);
  /// A process is about to execute; it counts once /proc shows it.
  void executes(pid_t process, Exec exec);
  /// Looks whether the execs under way have happened; `process` 0: of all.
  void confirm(pid_t process = 0);
  bool execs_under_way() const { return !under_way_.empty(); }
  /// Makes sure that a process is known. One that never executed belongs to the program above it that did; where there
  /// is none any more (a daemon), it takes the newest record of the same program.
  void know(pid_t process);
  /// The process itself or the nearest above it that executed its program, as known; itself where there is none.
  pid_t executed(pid_t process) const;
  void listens(pid_t process, const Endpoint& at, std::uint64_t inode);
  void mark_root(pid_t process);
  void note_exit_status(pid_t process, int status) { exit_statuses_[process] = status << 8; }
  void note_reaped(pid_t inner_pid, int wait_status);
  /// Proofload is about to end it.
  void note_ours(pid_t process);
  /// Its pidfd polls readable. False: how it ended is not known yet; call once more, a little later, with `last`.
  bool ended(pid_t process, bool last);
  /// Takes a process's pidfd out of an epoll set: it stays readable for good.
  void stop_watching(pid_t process, int epoll) const;

  /// Root of the nearest component, the process itself included; 0: none.
  pid_t owner_of(pid_t process);
  /// Parent first, without the init.
  std::vector<pid_t> ancestors(pid_t process) const;
  /// Whether a process is the owner, or below it with no other component between.
  bool belongs(pid_t process, pid_t owner) const;
  /// The component's living processes, root first, without other components below it.
  std::vector<pid_t> component(pid_t root) const;
  bool is_known(pid_t process) const { return known_.contains(process); }
  /// What to call a process: its script or program.
  std::string program_of(pid_t process) const;
  pid_t init() const { return init_; }

 private:
  struct Listening {
    Endpoint at;
    std::uint64_t inode;
  };
  struct Known {
    os::Fd pidfd;
    bool started = false;  ///< ProcessStarted has been told.
    bool ours = false;     ///< We ended it.
    pid_t inner_pid = 0;   ///< Its id in its own namespace.
    std::string exe, provided;
    std::vector<std::string> argv;
    std::vector<Listening> listening;
  };
  struct UnderWay {
    Exec exec;
    std::uint64_t stack;  ///< Before: another one shows that it happened.
    std::string exe;
    Ns since;
  };
  Known* watched(pid_t process);
  void start(pid_t process, Known& known, const Exec& exec, const std::string& exe);
  bool happened(pid_t process, const UnderWay& under_way) const;
  void pass_on(const Known& dead);
  std::optional<int> wait_status_of(pid_t process, const Known& known, bool last);

  Outbox& outbox_;
  pid_t init_;
  Watch watch_;
  std::map<pid_t, Known> known_;
  std::map<pid_t, UnderWay> under_way_;
  std::set<pid_t> roots_;
  std::map<std::string, Exec> newest_by_exe_;
  std::unordered_map<pid_t, pid_t> owners_;  ///< Cache of owner_of(); empty after every change.
  std::unordered_map<pid_t, int> exit_statuses_, reaped_;
};

}  // namespace pl::sandbox

#pragma once
#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "sandbox/outbox.h"
#include "sandbox/tree.h"

namespace pl::sandbox {

/// Signals to whole components, on behalf of the engine.
class Components {
 public:
  /// `sweep_shm`: /dev/shm is shared with the machine, so what killed processes mapped there is removed.
  Components(Tree& tree, Outbox& outbox, bool sweep_shm) : tree_(tree), outbox_(outbox), sweep_shm_(sweep_shm) {}

  /// SIGSTOP, root first, then descendants until none is new.
  void freeze(pid_t root);
  /// SIGCONT to all of it.
  void thaw(pid_t root);
  /// Freezes, then SIGKILL root first; the call is answered when all have gone.
  void kill(const Json& call, pid_t root);
  void terminate(pid_t root);
  /// Answers kills that are complete, or that took too long.
  void tick();
  bool waiting() const { return !kills_.empty(); }

 private:
  struct Kill {
    Json call;
    std::set<pid_t> left;
    Ns deadline;
    std::set<std::string> shm;
  };
  bool gone(pid_t process) const;
  Tree& tree_;
  Outbox& outbox_;
  bool sweep_shm_;
  std::vector<Kill> kills_;
};

/// Files in /dev/shm that a process has mapped.
std::set<std::string> mapped_shm(pid_t process);

}  // namespace pl::sandbox

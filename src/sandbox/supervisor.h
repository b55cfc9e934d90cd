#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "os/clock.h"
#include "sandbox/channel.h"
#include "sandbox/components.h"
#include "sandbox/connects.h"
#include "sandbox/init.h"
#include "sandbox/notify.h"
#include "sandbox/outbox.h"
#include "sandbox/tree.h"

namespace pl::sandbox {

/// The supervisor: one thread, one loop, that answers the system calls of everything below it and the requests of the
/// engine. It never waits for anything but the next event. When the engine goes, it ends everything.
class Supervisor {
 public:
  Supervisor(os::Fd channel, os::Fd handoff, Ns origin);
  /// Sets everything up as the engine's first message says, and serves until the engine stops it or is gone.
  int run();

 private:
  Result<void> set_up(const Json& options);
  Result<void> set_up_interception(const Json& options);
  void announce();
  void serve();
  void watch(int fd, std::uint64_t tag);
  int patience() const;
  void handle_event(std::uint64_t tag);
  void handle_calls();
  Answer handle(const Call& call);
  Answer handle_exec(const Call& call);
  void handle_engine();
  void handle_request(const Json& request);
  void handle_rule(const Json& request);
  void handle_component(const Json& request);
  void handle_init();
  void init_ended();
  void handle_spawned(const Json& message);
  void next_spawn();
  void process_ended(pid_t process);
  void tick();
  void end_everything();

  os::Fd channel_, handoff_;
  os::RealClock clock_;
  Outbox outbox_;
  os::Fd epoll_;
  Init init_;
  os::Fd init_pidfd_;
  bool older_kernel_ = false, exits_told_ = false, serving_ = true, stop_asked_ = false;
  std::string journal_;
  std::unique_ptr<Notifications> notifications_;
  std::unique_ptr<Threads> threads_;
  std::unique_ptr<Tree> tree_;
  std::unique_ptr<Connects> connects_;
  std::unique_ptr<Components> components_;
  std::deque<Json> spawns_;  ///< The first is with the init, the others wait.
  pid_t spawning_ = 0;       ///< Process of the first.
  bool spawn_sent_ = false;
  std::vector<std::pair<pid_t, Ns>> unclear_;  ///< Ended, and looked at again then for how.
};

}  // namespace pl::sandbox

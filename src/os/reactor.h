#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/moderation.h"

struct epoll_event;

namespace pl::os {

/// Waits for descriptors and timers, and calls back. One per thread; all calls but post() and stop() from that thread.
/// Level-triggered epoll, except for descriptors watched with EPOLLET; timers that are near by epoll_pwait2, exact to
/// the thread's timer slack (set to 1 ns), distant ones by one timerfd, so that a wait without near timers arms none.
class Reactor {
 public:
  using Ready = std::function<void(std::uint32_t events)>;  ///< EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR.
  using Task = std::function<void()>;
  using TimerId = std::uint64_t;

  static Result<std::unique_ptr<Reactor>> create(const Clock& clock);

  /// Calls `ready` while any of the events holds. The descriptor stays the caller's.
  void watch(int fd, std::uint32_t events, Ready ready);
  /// Changes the events of a watched descriptor.
  void change(int fd, std::uint32_t events);
  /// Ends the watch; call before closing. Safe inside a callback, also for the descriptor being served.
  void forget(int fd);

  /// Calls once at or after a point of the clock.
  TimerId at(Ns when, Task task);
  TimerId after(Ns delay, Task task) { return at(clock_.now() + delay, std::move(task)); }
  /// Cancels a timer; one that has fired or is unknown is ignored.
  void cancel(TimerId id);

  /// From now on lets events come together while many descriptors keep it busy (Moderation): an event may wait
  /// Moderation::kLongest then. Timers stay exact.
  void moderate() { moderation_.emplace(); }
  /// A peer's answer came, so long after what asked for it: no event waits for more than a small part of that.
  void answered(Ns after) {
    if (moderation_) moderation_->answered(after);
  }
  /// Runs until stop().
  void run();
  /// One wait of at most this long, and what it brought.
  void run_once(Ns longest);
  /// Ends run(); from any thread.
  void stop();
  /// Runs a task on the reactor's thread soon; from any thread.
  void post(Task task);

  Ns now() const { return clock_.now(); }
  const Clock& clock() const { return clock_; }

 private:
  struct Watch {
    std::uint32_t generation = 0;
    std::uint32_t window = 0;      ///< Of moderation_, in which it last had an event.
    int slot = 0;                  ///< Of its event among those of a turn; may be an earlier turn's.
    std::unique_ptr<Ready> ready;  ///< nullptr: the descriptor is not watched.
  };

  explicit Reactor(const Clock& clock) : clock_(clock) {}
  void fire_timers();
  void run_posted();
  int wait(epoll_event* events, Ns longest);
  int gather(epoll_event* events, Ns longest);
  int merge(epoll_event* events, int first, int second);
  bool sleeps_until_alarm();
  void drop(Watch& watch);

  const Clock& clock_;
  Fd epoll_;
  Fd wake_;
  Fd alarm_;  ///< The timerfd.
  std::optional<Moderation> moderation_;
  std::vector<Watch> watches_;  ///< By descriptor.
  std::uint32_t next_generation_ = 1;
  std::vector<std::unique_ptr<Ready>> dropped_;  ///< Forgotten in this turn, perhaps while they run.
  int turns_ = 0;                                ///< Of run_once() that call back now: one within the other.
  std::map<std::pair<Ns, TimerId>, Task> timers_;
  std::unordered_map<TimerId, Ns> timer_times_;
  TimerId next_timer_ = 1;
  std::optional<Ns> alarm_at_;  ///< The timer for which alarm_ is set.
  std::mutex mutex_;            ///< Guards posted_.
  std::vector<Task> posted_;
  std::atomic<bool> any_posted_ = false;
  std::atomic<bool> stopped_ = false;
};

}  // namespace pl::os

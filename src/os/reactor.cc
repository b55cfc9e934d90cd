#include "os/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"

namespace pl::os {
namespace {

constexpr int kEventsPerWait = 256;
constexpr Ns kLongestWait = 3600 * kSec;

/// The descriptor in the low half, the watch's generation in the high one: an event of an earlier watch is recognised.
std::uint64_t tag(int fd, std::uint64_t generation) { return generation << 32 | static_cast<std::uint32_t>(fd); }

}  // namespace

Result<std::unique_ptr<Reactor>> Reactor::create(const Clock& clock) {
  std::unique_ptr<Reactor> reactor(new Reactor(clock));
  reactor->epoll_ = Fd(epoll_create1(EPOLL_CLOEXEC));
  if (!reactor->epoll_) return fail_errno(errno, "epoll_create1");
  reactor->wake_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!reactor->wake_) return fail_errno(errno, "eventfd");
  const int wake = reactor->wake_.get();
  reactor->watch(wake, EPOLLIN, [wake](std::uint32_t) {
    std::uint64_t count;
    [[maybe_unused]] const ssize_t got = ::read(wake, &count, sizeof count);
  });
  return reactor;
}

void Reactor::watch(int fd, std::uint32_t events, Ready ready) {
  const std::uint64_t generation = next_generation_++;
  epoll_event event{events, {.u64 = tag(fd, generation)}};
  const int operation = watches_.contains(fd) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  watches_[fd] = Watch{generation, std::make_shared<Ready>(std::move(ready))};
  PL_ASSERT(epoll_ctl(epoll_.get(), operation, fd, &event) == 0);
}

void Reactor::change(int fd, std::uint32_t events) {
  const auto found = watches_.find(fd);
  PL_ASSERT(found != watches_.end());
  epoll_event event{events, {.u64 = tag(fd, found->second.generation)}};
  PL_ASSERT(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0);
}

void Reactor::forget(int fd) {
  if (watches_.erase(fd) == 0) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Reactor::TimerId Reactor::at(Ns when, Task task) {
  const TimerId id = next_timer_++;
  timers_.emplace(std::pair{when, id}, std::move(task));
  timer_times_.emplace(id, when);
  return id;
}

void Reactor::cancel(TimerId id) {
  const auto found = timer_times_.find(id);
  if (found == timer_times_.end()) return;
  timers_.erase({found->second, id});
  timer_times_.erase(found);
}

void Reactor::run() {
  // A loop of its own condition: stop() ends it; each turn waits at most kLongestWait.
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
    }
    run_once(kLongestWait);
  }
}

void Reactor::run_once(Ns longest) {
  thread_local const bool exact_timers = prctl(PR_SET_TIMERSLACK, 1) == 0;
  (void)exact_timers;
  const Ns wait = until_next_timer(longest);
  const timespec limit{wait / kSec, wait % kSec};
  epoll_event events[kEventsPerWait];
  const int count = epoll_pwait2(epoll_.get(), events, kEventsPerWait, &limit, nullptr);
  for (int i = 0; i < count; ++i) {
    const int fd = static_cast<int>(static_cast<std::uint32_t>(events[i].data.u64));
    const auto found = watches_.find(fd);
    if (found == watches_.end() || tag(fd, found->second.generation) != events[i].data.u64) continue;
    const std::shared_ptr<Ready> ready = found->second.ready;  // forget() may drop the watch inside the call
    (*ready)(events[i].events);
  }
  fire_timers();
  run_posted();
}

Ns Reactor::until_next_timer(Ns longest) const {
  if (timers_.empty()) return longest;
  return std::clamp<Ns>(timers_.begin()->first.first - clock_.now(), 0, longest);
}

void Reactor::fire_timers() {
  const Ns now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    timer_times_.erase(node.key().second);
    node.mapped()();
  }
}

void Reactor::run_posted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (const Task& task : tasks) task();
}

void Reactor::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  post([] {});
}

void Reactor::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace pl::os

#include "os/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/assert.h"

namespace pl::os {
namespace {

constexpr int kEventsPerWait = 256;
constexpr Ns kLongestWait = 3600 * kSec;
constexpr Ns kNear = 20 * kMs;  ///< A timer that is due within this is waited for by the wait itself.

/// The descriptor in the low half, the watch's generation in the high one: an event of an earlier watch is recognised.
std::uint64_t tag(int fd, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
}

void drain_counter(int fd) {
  std::uint64_t count;
  [[maybe_unused]] const ssize_t got = ::read(fd, &count, sizeof count);
}

}  // namespace

Result<std::unique_ptr<Reactor>> Reactor::create(const Clock& clock) {
  std::unique_ptr<Reactor> reactor(new Reactor(clock));
  reactor->epoll_ = Fd(epoll_create1(EPOLL_CLOEXEC));
  if (!reactor->epoll_) return fail_errno(errno, "epoll_create1");
  reactor->wake_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!reactor->wake_) return fail_errno(errno, "eventfd");
  reactor->alarm_ = Fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!reactor->alarm_) return fail_errno(errno, "timerfd_create");
  reactor->watch(reactor->wake_.get(), EPOLLIN, [fd = reactor->wake_.get()](std::uint32_t) { drain_counter(fd); });
  reactor->watch(reactor->alarm_.get(), EPOLLIN, [self = reactor.get()](std::uint32_t) {
    drain_counter(self->alarm_.get());
    self->alarm_at_.reset();
  });
  return reactor;
}

void Reactor::watch(int fd, std::uint32_t events, Ready ready) {
  const auto place = static_cast<std::size_t>(fd);
  if (place >= watches_.size()) watches_.resize(std::max(place + 1, watches_.size() * 2));
  Watch& watch = watches_[place];
  const int operation = watch.ready ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  drop(watch);
  watch.generation = next_generation_++;
  watch.ready = std::make_unique<Ready>(std::move(ready));
  epoll_event event{events, {.u64 = tag(fd, watch.generation)}};
  PL_ASSERT(epoll_ctl(epoll_.get(), operation, fd, &event) == 0);
}

void Reactor::change(int fd, std::uint32_t events) {
  const auto place = static_cast<std::size_t>(fd);
  PL_ASSERT(place < watches_.size() && watches_[place].ready);
  epoll_event event{events, {.u64 = tag(fd, watches_[place].generation)}};
  PL_ASSERT(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0);
}

void Reactor::forget(int fd) {
  const auto place = static_cast<std::size_t>(fd);
  if (place >= watches_.size() || !watches_[place].ready) return;
  drop(watches_[place]);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

/// Within a turn it may be running: then it is destroyed at the turn's end.
void Reactor::drop(Watch& watch) {
  if (watch.ready && turns_ > 0) dropped_.push_back(std::move(watch.ready));
  watch.ready.reset();
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
  while (!stopped_.load(std::memory_order_acquire)) run_once(kLongestWait);
}

void Reactor::run_once(Ns longest) {
  thread_local const bool exact_timers = prctl(PR_SET_TIMERSLACK, 1) == 0;
  (void)exact_timers;
  epoll_event events[kEventsPerWait];
  const int count = moderation_ && turns_ == 0 ? gather(events, longest) : wait(events, longest);
  ++turns_;
  for (int i = 0; i < count; ++i) {
    const auto place = static_cast<std::size_t>(static_cast<std::uint32_t>(events[i].data.u64));
    Ready* const ready = watches_[place].ready.get();
    if (ready == nullptr || tag(static_cast<int>(place), watches_[place].generation) != events[i].data.u64) continue;
    if (moderation_) moderation_->served(watches_[place].window);
    (*ready)(events[i].events);
  }
  fire_timers();
  run_posted();
  if (--turns_ > 0 || dropped_.empty()) return;
  const std::vector<std::unique_ptr<Ready>> dropped = std::move(dropped_);
  dropped_.clear();
}

/// Waits for events, for the next timer, and `longest` at most.
int Reactor::wait(epoll_event* events, Ns longest) {
  if (longest >= kLongestWait && sleeps_until_alarm()) {
    return epoll_pwait2(epoll_.get(), events, kEventsPerWait, nullptr, nullptr);
  }
  Ns most = longest;
  if (!timers_.empty()) most = std::clamp<Ns>(timers_.begin()->first.first - clock_.now(), 0, longest);
  const timespec limit{most / kSec, most % kSec};
  return epoll_pwait2(epoll_.get(), events, kEventsPerWait, &limit, nullptr);
}

/// A wait, and where it brought little of what is to be expected, a pause in which more comes together.
int Reactor::gather(epoll_event* events, Ns longest) {
  const Ns began = clock_.now();
  const int count = wait(events, longest);
  const Ns ended = clock_.now();
  moderation_->waited(began, ended);
  Ns pause = moderation_->pause(count);
  if (!timers_.empty()) pause = std::min(pause, timers_.begin()->first.first - ended);
  if (pause <= 0) return count;
  const timespec span{0, pause};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &span, nullptr);
  const timespec none{};
  const int more = epoll_pwait2(epoll_.get(), events + count, kEventsPerWait - count, &none, nullptr);
  moderation_->waited(ended, clock_.now());
  return merge(events, count, std::max(more, 0));
}

/// Two waits' events as one's: a descriptor that both tell of is served once. Returns how many there are.
int Reactor::merge(epoll_event* events, int first, int second) {
  const auto place = [](const epoll_event& event) { return static_cast<std::uint32_t>(event.data.u64); };
  for (int i = 0; i < first; ++i) watches_[place(events[i])].slot = i;
  int end = first;
  for (int i = first; i < first + second; ++i) {
    const int slot = watches_[place(events[i])].slot;
    if (slot < first && events[slot].data.u64 == events[i].data.u64) {
      events[slot].events |= events[i].events;
    } else {
      events[end++] = events[i];
    }
  }
  return end;
}

/// No timer is near; the alarm is set for the first one, where there is one.
bool Reactor::sleeps_until_alarm() {
  if (timers_.empty()) return true;
  const Ns when = timers_.begin()->first.first;
  if (when == alarm_at_) return true;
  const Ns left = when - clock_.now();
  if (left < kNear) return false;
  const itimerspec alarm{{}, {left / kSec, left % kSec}};
  if (timerfd_settime(alarm_.get(), 0, &alarm, nullptr) != 0) return false;
  alarm_at_ = when;
  return true;
}

void Reactor::fire_timers() {
  // While the alarm is set for the first timer, that is not due.
  if (timers_.empty() || timers_.begin()->first.first == alarm_at_) return;
  const Ns now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    timer_times_.erase(node.key().second);
    node.mapped()();
  }
}

void Reactor::run_posted() {
  if (!any_posted_.load(std::memory_order_acquire)) return;
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
    any_posted_.store(false, std::memory_order_release);
  }
  for (const Task& task : tasks) task();
}

void Reactor::stop() {
  stopped_.store(true, std::memory_order_release);
  post([] {});
}

void Reactor::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
    any_posted_.store(true, std::memory_order_release);
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace pl::os

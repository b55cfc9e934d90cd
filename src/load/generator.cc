#include "load/generator.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/limits.h"
#include "load/closed_loop.h"
#include "load/watchdog.h"
#include "load/worker.h"
#include "os/stream.h"

namespace pl::load {
namespace {

/// The volley that fire() fills from the generator's thread.
class SharedVolley : public Volley {
 public:
  explicit SharedVolley(std::size_t count) : open_(count) {}

  std::size_t open() const override {
    const std::lock_guard lock(mutex_);
    return open_;
  }
  std::vector<record::Iteration> ended() const override {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  bool wait(Ns limit) const override {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::nanoseconds(limit), [this] { return open_ == 0; });
  }
  void end(const record::Iteration& iteration) {
    const std::lock_guard lock(mutex_);
    ended_.push_back(iteration);
    --open_;
    changed_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::size_t open_;
  std::vector<record::Iteration> ended_;
};

class ThreadedGenerator : public Generator {
 public:
  ThreadedGenerator(GeneratorOptions options, std::vector<JourneyPlan> plans, std::unique_ptr<os::Reactor> reactor)
      : reactor_(std::move(reactor)), journeys_(plans.size()), watchdog_(options.clock, options.sink) {
    const std::size_t descriptors = os::raise_descriptor_limit();
    const std::size_t most = std::min(limits::kLoadConnections, descriptors / 2);
    worker_ = std::make_unique<Worker>(*reactor_, options, std::move(plans), most);
    thread_ = std::thread([this] { reactor_->run(); });
  }
  ~ThreadedGenerator() override { stop(); }

  void set_rate(std::span<const double> per_journey) override {
    call([&] { worker_->set_rate(per_journey); });
  }
  void set_target(const Endpoint& target, const std::string& host_header) override {
    call([&] { worker_->set_target(target, host_header); });
  }
  void take_turns(const Endpoint& second) override {
    call([&] { worker_->take_turns(second); });
  }
  void learn_profiles() override {
    call([&] { worker_->learn_profiles(); });
  }
  void forget_answers() override {
    call([&] { worker_->forget_answers(); });
  }
  Live live() const override {
    Live live;
    call([&] { live = worker_->live(); });
    return live;
  }
  void abandon_open() override {
    call([&] { worker_->abandon_open(); });
  }
  Ns processor_time() const override {
    Ns used = 0;
    call([&] { used = os::thread_processor_time(); });
    return used;
  }

  ClosedLoop closed_loop(const ClosedLoopOptions& options) override {
    ClosedLoop result;
    call_until_done([&](auto done) {
      const auto found = [&result, done](ClosedLoop loop) {
        result = std::move(loop);
        done();
      };
      std::make_shared<ClosedLoopRunner>(*reactor_, *worker_, journeys_, options, found)->start();
    });
    return result;
  }

  std::shared_ptr<const Volley> send_once(std::size_t journey, std::size_t count) override {
    auto volley = std::make_shared<SharedVolley>(count);
    call([&] {
      worker_->close_idle();
      for (std::size_t i = 0; i < count; ++i) {
        worker_->fire(journey,
                      [volley](const record::Iteration& iteration, const Variables&) { volley->end(iteration); });
      }
    });
    return volley;
  }

  std::vector<VerifyResult> verify_writes(const std::string& occasion, std::size_t most, Ns limit) override {
    std::vector<VerifyResult> results;
    call_until_done([&](auto done) {
      worker_->verify(occasion, most, limit, [&results, done](std::vector<VerifyResult> found) {
        results = std::move(found);
        done();
      });
    });
    return results;
  }

  void stop() override {
    const std::lock_guard one_at_a_time(stop_mutex_);
    if (!thread_.joinable()) return;
    call([&] {
      worker_->set_rate({});
      worker_->abandon_open();
    });
    reactor_->stop();
    thread_.join();
    worker_.reset();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  /// Runs a task on the generator's thread and waits for it; nothing after stop().
  template <class Task>
  void call(Task task) const {
    call_until_done([&task](auto done) {
      task();
      done();
    });
  }

  /// Runs a task on the generator's thread and waits until it calls what it is given. The task may use the caller's
  /// variables: it returns early only when stop() has ended the thread.
  template <class Task>
  void call_until_done(Task task) const {
    bool done = false;
    const auto tell = [this, &done] {
      const std::lock_guard lock(mutex_);
      done = true;
      changed_.notify_all();
    };
    std::unique_lock lock(mutex_);
    if (ended_) return;
    reactor_->post([&task, tell] { task(tell); });
    changed_.wait(lock, [&] { return done || ended_; });
  }

  std::unique_ptr<os::Reactor> reactor_;
  std::size_t journeys_;
  std::unique_ptr<Worker> worker_;
  Watchdog watchdog_;
  std::thread thread_;
  std::mutex stop_mutex_;     ///< Held by the one that stops.
  mutable std::mutex mutex_;  ///< Guards ended_ and the answers of calls.
  mutable std::condition_variable changed_;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<Generator>> Generator::start(GeneratorOptions options) {
  if (options.journeys.empty()) return fail(Errc::no_traffic, "there are no journeys to send");
  std::vector<JourneyPlan> plans;
  for (const conf::Journey& journey : options.journeys) plans.push_back(PL_TRY(compile(journey)));
  std::unique_ptr<os::Reactor> reactor = PL_TRY(os::Reactor::create(options.clock));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    options.sink(record::observe(options.clock.now(), plans[i].declared(i, options.crawled)));
  }
  return std::make_unique<ThreadedGenerator>(std::move(options), std::move(plans), std::move(reactor));
}

}  // namespace pl::load

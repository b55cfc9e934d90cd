#include "engine/state.h"

#include <algorithm>
#include <thread>

#include "os/signals.h"

namespace pl::engine {
namespace {

constexpr Ns kGlance = 100 * kMs;  ///< Between two looks while nothing else is to be done.

/// Whatever a component's processes opened before it was known as one becomes the component's.
void hand_over(Run& run, pid_t root) {
  for (const pid_t pid : run.sandbox->tree(root)) run.relay->reown(pid, root);
}

/// Components without a listener (queue workers) are found by the fold; the supervisor must be told.
void mark_workers(Run& run, const facts::Facts& facts) {
  const std::vector<pid_t> roots = run.sandbox->roots();
  for (const facts::Component& component : facts.topology.components) {
    if (!component.inside || component.root == 0 || run.owned.contains(component.root)) continue;
    const auto root = static_cast<pid_t>(component.root);
    if (!run.sandbox->running(root)) continue;
    const bool known = std::ranges::find(roots, root) != roots.end();
    if (!known && !run.sandbox->mark_component(root)) continue;
    run.owned.insert(root);
    hand_over(run, root);
  }
}

}  // namespace

const facts::Facts& Run::look() {
  const facts::Facts& facts = live.look();
  if (sandbox && relay) mark_workers(*this, facts);
  return facts;
}

Result<void> Run::pause(Ns length) {
  const Ns end = clock.now() + length;
  for (;;) {
    if (os::stop_requested()) return fail(Errc::interrupted, "stopped by the user");
    if (const auto error = folder->log().error()) return std::unexpected(*error);
    if (sandbox && !sandbox->alive()) return fail(Errc::ended_early, "the sandbox's supervisor has ended");
    const Ns left = end - clock.now();
    if (left <= 0) return {};
    look();
    os::sleep_or_stop(std::min(left, kGlance));
  }
}

Result<bool> Run::wait_until(const std::function<bool(const facts::Facts&)>& holds, Ns limit, Ns step) {
  const Ns end = clock.now() + limit;
  for (;;) {
    if (holds(look())) return true;
    if (clock.now() >= end) return false;
    PL_TRY(pause(std::min(step, std::max<Ns>(end - clock.now(), kMs))));
  }
}

Result<void> Run::blocking(const std::function<void()>& work) {
  bool stopped = false;
  std::atomic<bool> done = false;
  std::thread worker([&] {
    work();
    done = true;
  });
  while (!done) {
    if (os::stop_requested() && !stopped) {
      stopped = true;
      stop_instruments();
    }
    if (stopped) {
      os::sleep_for(kMs);
    } else {
      os::sleep_or_stop(5 * kMs);
      look();
    }
  }
  worker.join();
  return pause(0);
}

std::vector<facts::OpenIteration> Run::open() const {
  std::vector<facts::OpenIteration> open;
  if (!load) return open;
  for (const load::OpenIteration& one : load->live().open) open.push_back({one.journey, one.intended});
  return open;
}

void Run::set_rate(double per_journey) { load->set_rate(std::vector<double>(journeys.size(), per_journey)); }

void Run::stop_instruments() {
  if (load) load->stop();
  if (sandbox) sandbox->stop();
  for (Service& service : services) service.prepared.remove();
  if (relay) relay->stop();
}

}  // namespace pl::engine

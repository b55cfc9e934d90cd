#include "engine/state.h"

#include <algorithm>
#include <thread>

#include "os/signals.h"

namespace pl::engine {
namespace {

constexpr Ns kGlance = 100 * kMs;  ///< Between two looks while nothing else is to be done.
constexpr Ns kPulse = 250 * kMs;
constexpr Ns kPulseWindow = 5 * kSec;
constexpr std::size_t kPulseMost = 5'000;  ///< Iterations that a pulse looks back at.

/// The iterations that ended in the last seconds. A step that was answered in an unexpected way is bad, as in charts.
Pulse pulse_of(const facts::Facts& facts, Ns now) {
  Pulse pulse{.now = now, .window = kPulseWindow};
  std::vector<Ns> waits;
  for (auto seen = facts.iterations.rbegin(); seen != facts.iterations.rend() && waits.size() < kPulseMost; ++seen) {
    const record::Iteration& one = seen->value;
    if (seen->at < now - kPulseWindow) break;
    waits.push_back(one.done - one.intended);
    pulse.bad += one.end != record::End::complete || !one.expected || one.session_lost ? 1 : 0;
  }
  pulse.ended = static_cast<std::int64_t>(waits.size());
  if (waits.empty()) return pulse;
  const auto place = waits.begin() + static_cast<std::ptrdiff_t>((waits.size() - 1) * 99 / 100);
  std::ranges::nth_element(waits, place);
  pulse.p99 = *place;
  return pulse;
}

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

Run::Run(const Request& asked, const Progress& told) : request(asked), progress(told) {
  live.watch([this](const record::Observation& seen) {
    if (watch) watch(seen);
    if (!progress.standing) return;
    if (record::is<record::DrillEnded>(seen)) {
      const auto drill = record::decode<record::DrillEnded>(seen.payload);
      const report::Worst worst = report::worst_of(live.facts(), drill);
      const auto state = worst.decided ? Standing::State::decided : Standing::State::open;
      progress.standing({drill.key, state, worst, drill.note});
    } else if (record::is<record::ExperimentLeftOut>(seen)) {
      const auto left = record::decode<record::ExperimentLeftOut>(seen.payload);
      progress.standing({left.key, Standing::State::left_out, {}, left.why});
    }
  });
}

bool any_steady(const facts::Facts& facts) {
  return std::ranges::any_of(facts.journeys, [](const facts::Journey& journey) { return journey.steady.good; });
}

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
    attend();
    if (cut != Cut::none && !cut_told) {
      cut_told = true;
      return fail(Errc::interrupted, "stopped by the user");
    }
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

Result<void> Run::blocking(const std::function<void()>& work, const std::function<void()>& meanwhile) {
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
      attend();
      if (meanwhile) meanwhile();
    }
  }
  worker.join();
  return pause(0);
}

void Run::attend() {
  const Ns now = clock.now();
  if (progress.pulse && now - last_pulse >= kPulse) {
    last_pulse = now;
    progress.pulse(pulse_of(live.facts(), now));
  }
  if (!progress.wish || cut != Cut::none) return;
  switch (progress.wish()) {
    case Wish::none:
      return;
    case Wish::abort_cell:
      if (!experiment.empty()) cut = Cut::cell;
      return;
    case Wish::pause:
      pausing = !pausing;
      return;
    case Wish::finish:
      cut = Cut::rest;
      return;
  }
}

Result<void> Run::rest() {
  if (!pausing) return {};
  const Ns from = clock.now();
  set_rate(0);
  if (progress.paused) progress.paused(true);
  Result<void> waited;
  while (pausing && waited) waited = pause(kGlance);
  if (progress.paused) progress.paused(false);
  set_rate(rate);
  paused += clock.now() - from;
  observe(record::StageEnded{"pause", clock.now() - from, "asked for by the user"});
  return waited;
}

void Run::take_back() {
  cut = Cut::none;
  cut_told = false;
  experiment.clear();
}

void Run::begin(const std::string& key) {
  experiment = key;
  if (progress.standing) progress.standing({key, Standing::State::begun, {}, {}});
}

void Run::end(const facts::Experiment& decided) {
  if (experiment.empty()) return;
  experiment.clear();
  const report::Worst worst = report::worst_of(live.facts(), decided);
  const auto state = worst.decided ? Standing::State::decided : Standing::State::open;
  if (progress.standing) progress.standing({decided.key, state, worst, {}});
}

Result<bool> Run::drained(Ns limit) {
  return wait_until([this](const facts::Facts&) { return load->live().open.empty(); }, limit, 20 * kMs);
}

std::vector<facts::OpenIteration> Run::open() const {
  std::vector<facts::OpenIteration> open;
  if (!load) return open;
  for (const load::OpenIteration& one : load->live().open) open.push_back({one.journey, one.intended});
  return open;
}

void Run::set_rate(double per_journey) { load->set_rate(std::vector<double>(journeys.size(), per_journey)); }

Result<void> Run::start_sandbox() {
  relay = PL_TRY(proxy::Relay::start(clock, sink(), request.seed, hash_key));
  sandbox::Options options{.clock = clock, .sink = sink()};
  options.relay4 = relay->listen4();
  options.relay6 = relay->listen6();
  options.handoff_fd = relay->handoff_fd();
  options.allowed = request.config.egress;
  sandbox = PL_TRY(sandbox::Sandbox::start(std::move(options)));
  relay->release_handoff_fd();
  return {};
}

void Run::stop_instruments() {
  if (load) load->stop();
  if (sandbox) sandbox->stop();
  for (Service& service : services) service.prepared.remove();
  if (relay) relay->stop();
}

}  // namespace pl::engine

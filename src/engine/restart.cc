#include <fmt/format.h>

#include <algorithm>

#include "engine/injection.h"
#include "engine/services.h"
#include "engine/subject.h"
#include "engine/trial.h"

namespace pl::engine {
namespace {

constexpr std::size_t kWrites = 20;  ///< With unique tokens, right before the kill.
constexpr Ns kWritesWithin = 5 * kSec;
constexpr std::size_t kReadBack = 40;

/// Acknowledged writes right up to the kill: the next ones start while these are answered.
Result<void> write_before(Run& run) {
  std::vector<std::shared_ptr<const load::Volley>> volleys;
  const facts::Facts& facts = run.look();
  for (std::size_t i = 0; i < run.journeys.size() && i < facts.journeys.size(); ++i) {
    const facts::Journey& journey = facts.journeys[i];
    if (journey.declared.verifies && journey.steady.good) volleys.push_back(run.load->send_once(i, kWrites));
  }
  const Ns end = run.clock.now() + kWritesWithin;
  for (const auto& volley : volleys) {
    // Waited for in small steps, so that the kill follows within 5 ms of the last acknowledgement.
    while (!volley->wait(2 * kMs) && run.clock.now() < end) PL_TRY(run.pause(0));
  }
  return {};
}

/// The throw-away service or the application that is restarted.
struct Restarted {
  Run& run;
  Service* service = nullptr;  ///< nullptr: the application.

  Result<void> kill() const {
    if (service == nullptr) {
      kill_subject(run);
      return {};
    }
    return run.sandbox->kill(service->pid);
  }
  Result<void> start() const {
    if (service != nullptr) return restart_service(run, *service);
    return start_subject(run);
  }
};

Restarted target_of(Run& run, std::int64_t component) {
  const facts::Component& c = run.look().topology.components[static_cast<std::size_t>(component)];
  for (Service& service : run.services) {
    if (service.prepared.name == c.provided) return {run, &service};
  }
  return {run, nullptr};
}

/// The application was started again and did not serve: no recovery. What follows needs it started afresh.
Result<void> never_back(Run& run, record::TrialEnded trial, Ns starting, const Error& error) {
  trial.fault_to = starting;
  trial.watched_to = run.clock.now();
  trial.never_back = error.message();
  run.observe(trial);
  run.look();
  PL_TRY(restart_subject(run, "it did not come back after it was killed"));
  return read_writes_back(run, trial.key, kReadBack);
}

}  // namespace

Result<void> restart_trial(Run& run, const plan::PlannedExperiment& experiment) {
  record::TrialEnded trial = begin_trial(run, experiment, "brief");
  PL_TRY(control(run, trial));
  const Restarted target = target_of(run, experiment.component);
  Injection met(run, experiment);  // Counts what reaches the component's edges; it is never switched on.
  PL_TRY(write_before(run));
  trial.fault_from = run.clock.now();
  if (const auto killed = target.kill(); !killed) trial.aborted = killed.error().message();
  const Ns back = trial.fault_from + experiment.parameters["down"].as_int() * kMs;
  Result<void> away;
  while (away && run.clock.now() < back) {
    run.status("chaos",
               fmt::format("{}   away for {:.1f} s", experiment.key, seconds(run.clock.now() - trial.fault_from)));
    away = run.pause(std::min<Ns>(100 * kMs, back - run.clock.now()));
  }
  // Where the user aborts just this, it must be there again for the experiments that follow.
  if (!away && !run.is_cut(away.error(), Run::Cut::cell)) return away;
  const Ns starting = run.clock.now();
  if (const Result<void> started = target.start(); !started) {
    if (target.service != nullptr || !stays_down(run, started.error())) return started;
    return never_back(run, std::move(trial), starting, started.error());
  }
  PL_TRY(std::move(away));
  trial.fault_to = run.clock.now();
  PL_TRY(run.pause(kSec + 200 * kMs));
  const Achieved achieved = met.achieved();
  trial.achieved = achieved.effect;
  trial.achieved.set("down_ns", starting - trial.fault_from).set("start_ns", trial.fault_to - starting);
  trial.requests_met = achieved.requests_met;
  trial.connections_met = achieved.connections_met;
  PL_TRY(end_trial(run, std::move(trial)));
  return read_writes_back(run, experiment.key, kReadBack);
}

}  // namespace pl::engine

#include "engine/trial.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/fail_open.h"
#include "engine/injection.h"
#include "engine/subject.h"
#include "facts/procedure.h"

namespace pl::engine {
namespace {

constexpr std::size_t kReadBack = 400;  ///< Writes of each journey after a hold: those of 30 s and before.
constexpr Ns kIsolation = 30 * kSec;
constexpr Ns kControl = 4 * kSec;  ///< Of which kShared lie before the trial's beginning.
constexpr Ns kShared = 2 * kSec;
constexpr Ns kRespawn = 2 * kSec;  ///< For somebody else to start an ended application again.
constexpr Ns kStep = 50 * kMs;
constexpr int kBlocks = facts::kSwitchbackBlocks;

std::string word_of(const plan::PlannedExperiment& experiment) { return experiment.key; }

bool component_ended(Run& run, const facts::Facts& facts) {
  const std::int64_t entry = facts.topology.entry;
  if (entry < 0) return !subject_runs(run);
  const auto root = static_cast<pid_t>(facts.topology.components[static_cast<std::size_t>(entry)].root);
  return root != 0 ? !run.sandbox->running(root) : !run.sandbox->running(run.subject.pid);
}

/// The application has ended in the trial and nobody starts it again: a start script that gave up is no cascade, and
/// the application itself is a crash that the log shows.
bool nobody_home(Run& run, const facts::Facts& facts) {
  return !run.sandbox->running(run.subject.pid) && component_ended(run, facts);
}

std::string how_it_ended(Run& run, const record::TrialEnded& trial) {
  const facts::Facts& facts = run.look();
  const std::int64_t component = facts.topology.component_of(run.subject.pid);
  const bool own = component >= 0;
  if (own || run.sandbox->running(run.subject.pid)) return {};
  for (auto seen = facts.ended.rbegin(); seen != facts.ended.rend(); ++seen) {
    if (seen->value.pid != run.subject.pid) continue;
    return fmt::format("start script gave up after {:.1f} s", seconds(std::max<Ns>(0, seen->at - trial.fault_from)));
  }
  return "start script gave up";
}

}  // namespace

Result<std::string> isolate(Run& run) {
  if (nobody_home(run, run.look())) PL_TRY(restart_subject(run, "it had ended"));
  std::string why;
  const auto steady = [&](const facts::Facts& facts) {
    why = facts::not_isolated(facts, run.clock.now(), run.open());
    return why.empty();
  };
  run.status("chaos", "waiting for the steady state");
  if (PL_TRY(run.wait_until(steady, kIsolation))) return "";
  const std::string words = "the steady state did not come back before it: ";
  if (run.beyond_budget(kIsolation)) return words + why;
  PL_TRY(restart_in_quiet(run, "no steady state for 30 s before an experiment: " + why));
  return PL_TRY(run.wait_until(steady, kIsolation)) ? "" : words + why;
}

Result<void> control(Run& run, record::TrialEnded& trial) {
  trial.control_from = run.clock.now() - kShared;
  if (trial.form == "patience") return {};
  return run.pause(kControl - kShared);
}

record::TrialEnded begin_trial(Run& run, const plan::PlannedExperiment& experiment, const std::string& form) {
  record::TrialEnded trial;
  trial.key = experiment.key;
  trial.form = form;
  trial.fault = experiment.fault;
  trial.parameters = experiment.parameters;
  trial.component = experiment.component;
  trial.edge = experiment.edge;
  trial.edges = experiment.edges;
  trial.core = experiment.core;
  for (const auto& seen : run.look().trials) trial.trial += seen.value.key == experiment.key ? 1 : 0;
  return trial;
}

Result<void> end_trial(Run& run, record::TrialEnded trial) {
  const Ns end = run.clock.now() + facts::recovery_limit(run.look());
  while (run.clock.now() < end) {
    const facts::Facts& facts = run.look();
    if (facts::calm(facts, trial.fault_to, run.clock.now(), run.open())) break;
    if (nobody_home(run, facts) && run.clock.now() - trial.fault_to > kRespawn) break;
    run.status("chaos", fmt::format("{}   watching for recovery, {:.0f} s", trial.key,
                                    seconds(run.clock.now() - trial.fault_to)));
    PL_TRY(run.pause(kStep));
  }
  trial.watched_to = run.clock.now();
  trial.note = how_it_ended(run, trial);
  run.observe(trial);
  run.look();
  return {};
}

namespace {

/// How long a hold that has lasted so long is to be: what unfolds is looked at each second.
Ns go_on_to(Run& run, const record::TrialEnded& trial, const HoldLength& length, Ns held) {
  const Ns now = run.clock.now();
  if (held < length.most && facts::hold_longer(run.look(), trial.fault_from, now, run.open())) return length.most;
  if (held >= length.most && held < length.longest && facts::unfolding(run.look(), trial, now)) return held + kSec;
  return held < length.patience && facts::hangs_so_far(run.look(), trial, now, run.open()) ? length.patience : held;
}

}  // namespace

Result<void> hold_trial(Run& run, const plan::PlannedExperiment& experiment, const std::string& form,
                        const HoldLength& length) {
  record::TrialEnded trial = begin_trial(run, experiment, form);
  PL_TRY(control(run, trial));
  Injection injection(run, experiment);
  trial.fault_from = run.clock.now();
  if (const auto on = injection.on(); !on) trial.aborted = on.error().message();
  if (trial.aborted.empty() && trial.trial == 1) PL_TRY(ask_guarded(run, experiment));
  Ns until = trial.fault_from + length.first;
  while (trial.aborted.empty() && run.clock.now() < until) {
    run.status("chaos",
               fmt::format("{}   hold {:.0f} s", word_of(experiment), seconds(run.clock.now() - trial.fault_from)));
    PL_TRY(run.pause(std::min(kStep, until - run.clock.now())));
    if (run.clock.now() >= until) until = trial.fault_from + go_on_to(run, trial, length, until - trial.fault_from);
  }
  trial.fault_to = run.clock.now();  // Before: what was held may come down on the machine, and hold up this thread too.
  injection.off();
  PL_TRY(run.pause(kSec + 200 * kMs));  // What the last second carried is in the log only then.
  const Achieved achieved = injection.achieved();
  trial.achieved = achieved.effect;
  trial.requests_met = achieved.requests_met;
  trial.connections_met = achieved.connections_met;
  // A leader that thaws may throw away what was acknowledged. What else is lost, the end finds: reading makes unrest.
  const bool reads = trial.trial == 1 && experiment.fault == "freeze";
  PL_TRY(end_trial(run, std::move(trial)));
  return reads ? read_writes_back(run, experiment.key, kReadBack) : Result<void>();
}

Result<void> switchback_trial(Run& run, const plan::PlannedExperiment& experiment) {
  record::TrialEnded trial = begin_trial(run, experiment, "switchback");
  trial.control_from = run.clock.now();
  const Ns block = facts::switchback_block(run.look());
  Injection injection(run, experiment);
  const Ns begin = run.clock.now();
  for (int i = 0; i < kBlocks && trial.aborted.empty(); ++i) {
    trial.blocks.push_back(run.clock.now());
    if (i % 2 == 1) {
      if (const auto on = injection.on(); !on) trial.aborted = on.error().message();
    } else {
      injection.off();
    }
    while (trial.aborted.empty() && run.clock.now() < begin + (i + 1) * block) {
      run.status("chaos",
                 fmt::format("{}   {} of {}, {}", word_of(experiment), i + 1, kBlocks, i % 2 == 1 ? "on" : "off"));
      PL_TRY(run.pause(std::min(kStep, begin + (i + 1) * block - run.clock.now())));
    }
  }
  injection.off();
  trial.blocks.push_back(run.clock.now());
  if (trial.blocks.size() > kBlocks) {
    trial.fault_from = trial.blocks[1];
    trial.fault_to = trial.blocks[kBlocks - 1];
  } else {
    trial.fault_from = trial.fault_to = run.clock.now();
  }
  const Achieved achieved = injection.achieved();
  trial.achieved = achieved.effect;
  trial.requests_met = achieved.requests_met;
  trial.connections_met = achieved.connections_met;
  return end_trial(run, std::move(trial));
}

}  // namespace pl::engine

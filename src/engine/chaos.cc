#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/stages.h"
#include "engine/subject.h"
#include "engine/trial.h"
#include "facts/flows.h"
#include "facts/procedure.h"
#include "plan/plan.h"
#include "report/text.h"

namespace pl::engine {
namespace {

constexpr HoldLength kHold{.first = 5 * kSec, .most = 12 * kSec, .longest = 36 * kSec};
constexpr double kHoldRequests = 50;
constexpr Ns kPatienceExtra = 15 * kSec;  ///< A longer hold's control, isolation and recovery.
constexpr int kTrials = 6;
constexpr Ns kWaitSaid = 500 * kMs;
constexpr const char* kStopped = "stopped by the user";

/// The dependency that an experiment, planned or made, takes away.
template <class Experiment>
std::int64_t target_of(const facts::Facts& facts, const Experiment& experiment) {
  return facts::target_of(facts.topology, experiment.component, experiment.edge);
}

/// Each dependency on which customers hang gets a longer hold; else only the worst.
bool all_longer(const Run& run) { return run.request.full || run.request.patient; }

bool held_for(const record::TrialEnded& trial, Ns patience) { return trial.fault_to - trial.fault_from >= patience; }

/// How long a hold goes on where customers hang at its end: the first one becomes the longer hold, which spares a
/// second fault with its control and recovery. 0: it does not; nor where a budget has to be kept for the other
/// experiments first.
Ns patience_of(Run& run, const plan::PlannedExperiment& experiment) {
  const Ns patience = run.request.config.slo.patience;
  if (run.request.budget > 0) return 0;
  const facts::Facts& facts = run.look();
  for (const auto& seen : facts.trials) {
    const bool same = target_of(facts, seen.value) == target_of(facts, experiment);
    if (held_for(seen.value, patience) && (same || !all_longer(run))) return 0;
  }
  return patience > kHold.most ? patience : 0;
}

/// How long it must be to tell a hang from a usual wait; 0: any hold is.
Ns telling_hold(Run& run, const plan::PlannedExperiment& planned) {
  facts::Experiment experiment;
  experiment.component = planned.component;
  experiment.edge = planned.edge;
  experiment.edges = planned.edges;
  return facts::telling_hold(run.look(), experiment);
}

/// The hold's first part: 5 s and 50 requests. Where a journey that uses the part is slow, it is longer.
HoldLength hold_length(Run& run, const plan::PlannedExperiment& experiment) {
  const Ns requests = static_cast<Ns>(kHoldRequests / std::max(run.rate, 0.01) * 1e9);
  const Ns telling = telling_hold(run, experiment), most = std::max(kHold.most, telling);
  const Ns patience = patience_of(run, experiment);
  return {std::clamp(requests, kHold.first, most), most, std::max(kHold.longest, most), patience > most ? patience : 0};
}

/// A length that the plan gives, which is longer too where a journey that uses the part is slow.
HoldLength fixed_length(Run& run, const plan::PlannedExperiment& experiment) {
  const Ns length = std::max(experiment.length, telling_hold(run, experiment));
  return {length, length};
}

Result<void> one_trial(Run& run, const plan::PlannedExperiment& experiment, facts::Next next) {
  if (experiment.form == "brief") return restart_trial(run, experiment);
  if (next == facts::Next::switchback) return switchback_trial(run, experiment);
  const bool fixed = experiment.length > 0;
  return hold_trial(run, experiment, "hold", fixed ? fixed_length(run, experiment) : hold_length(run, experiment));
}

facts::Next first_trial(const plan::PlannedExperiment& experiment) {
  return experiment.form == "switchback" ? facts::Next::switchback : facts::Next::hold;
}

void leave_out(Run& run, const std::string& key, const std::string& why, bool required) {
  run.observe(record::ExperimentLeftOut{key, why, required});
}

/// The worst decided cell in words: "hangs, 12.0 s (ask)".
std::string outcome_text(const facts::Facts& facts, const facts::Experiment& experiment) {
  const facts::Cell* worst = nullptr;
  int open = 0;
  for (const facts::Cell& cell : experiment.cells) {
    if (cell.state != facts::Cell::State::decided) {
      ++open;
    } else if (worst == nullptr || cell.headline > worst->headline) {
      worst = &cell;
    }
  }
  if (worst == nullptr) return "not decided";
  std::string text(facts::outcome_row(worst->headline).word);
  if (worst->longest_wait >= kWaitSaid && worst->headline >= facts::Outcome::degraded) {
    text += fmt::format(", waits up to {:.1f} s", seconds(worst->longest_wait));
  }
  if (worst->headline > facts::Outcome::unaffected) {
    text += fmt::format("   ({})", facts.journeys[static_cast<std::size_t>(worst->journey)].declared.name);
  }
  return open == 0 ? text : text + fmt::format("   {} not decided", open);
}

/// Trials of one experiment until every cell is decided or nothing more is to be tried.
Result<facts::Experiment> trials(Run& run, const plan::PlannedExperiment& experiment) {
  facts::Next next = first_trial(experiment);
  facts::Experiment decided;
  for (int i = 0; i < kTrials && next != facts::Next::done; ++i) {
    if (i > 0 && run.beyond_budget(experiment.estimate)) {
      leave_out(run, experiment.key, "budget: more trials were needed", experiment.core);
      break;
    }
    PL_TRY(run.rest());
    if (std::string why = PL_TRY(isolate(run)); !why.empty()) {
      record::TrialEnded trial = begin_trial(run, experiment, experiment.form);
      trial.control_from = trial.fault_from = trial.fault_to = trial.watched_to = run.clock.now();
      trial.aborted = std::move(why);
      run.observe(trial);
      decided = facts::decide(run.look(), experiment.key, run.open());
      break;
    }
    PL_TRY(one_trial(run, experiment, next));
    decided = facts::decide(run.look(), experiment.key, run.open());
    next = decided.next;
  }
  return decided;
}

}  // namespace

Result<void> make_experiment(Run& run, const plan::PlannedExperiment& experiment, const std::string& place) {
  run.begin(experiment.key);
  const Result<facts::Experiment> decided = trials(run, experiment);
  const auto said = [&](const std::string& text) {
    run.say("chaos", fmt::format("{}  {:<34} {}", place, experiment.key, text));
  };
  if (decided) {
    run.end(*decided);
    said(outcome_text(run.look(), *decided));
    return {};
  }
  if (!run.is_cut(decided.error(), Run::Cut::cell)) return std::unexpected(decided.error());
  run.take_back();
  leave_out(run, experiment.key, kStopped, experiment.core);
  said(kStopped);
  return {};
}

namespace {

bool was_held(const facts::Facts& facts, const std::string& key, Ns patience) {
  return std::ranges::any_of(facts.trials,
                             [&](const auto& seen) { return seen.value.key == key && held_for(seen.value, patience); });
}

/// False: the application is not steady any more.
Result<bool> longer_hold(Run& run, const plan::PlannedExperiment& planned, Ns patience) {
  PL_TRY(run.rest());
  if (!PL_TRY(isolate(run)).empty()) return false;
  const Ns length = std::max(patience, telling_hold(run, planned));
  PL_TRY(hold_trial(run, planned, "patience", {length, length}));
  return true;
}

/// One longer hold per dependency on which customers hang, worst first: whose limit ends the wait, if any. Without
/// --full and --patience only the worst gets one, because each takes longer than all else that is done to a dependency.
/// Where the experiment's own hold went on so long already, that was it.
Result<void> longer_holds(Run& run, const plan::Plan& plan) {
  const Ns patience = run.request.config.slo.patience;
  const facts::Facts facts = run.live.finished();
  std::set<std::int64_t> tried;
  for (const std::string& key : facts::unbounded(facts.experiments)) {
    const auto planned = std::ranges::find(plan.experiments, key, &plan::PlannedExperiment::key);
    if (planned == plan.experiments.end() || planned->form != "hold" || patience <= kHold.most) continue;
    if (!tried.insert(target_of(facts, *planned)).second || was_held(facts, key, patience)) continue;
    const bool all = all_longer(run);
    if (run.beyond_budget(patience + kPatienceExtra) || (!all && tried.size() > 1)) {
      leave_out(run, key + " (longer hold)", all || tried.size() == 1 ? "budget" : "only the worst, without --full",
                false);
      continue;
    }
    run.begin(key);
    const Result<bool> made = longer_hold(run, *planned, patience);
    if (!made && run.is_cut(made.error(), Run::Cut::cell)) {
      run.take_back();
      leave_out(run, key + " (longer hold)", kStopped, false);
      continue;
    }
    if (!PL_TRY(made)) return {};
    const facts::Experiment decided = facts::decide(run.look(), key, run.open());
    run.end(decided);
    run.say("chaos", fmt::format("longer hold  {:<29} {}", key, outcome_text(run.look(), decided)));
  }
  return {};
}

plan::Plan plan_of(Run& run, Ns budget) {
  const facts::Facts facts = run.live.finished();
  plan::PlanOptions options{.only = run.request.only,
                            .budget = budget,
                            .spent = run.clock.now(),
                            .reverse = run.request.reverse,
                            .patience = run.request.config.slo.patience,
                            .full = run.request.full,
                            .restart_entry = restarts_alone(run, facts)};
  return plan::core_plan(facts, options);
}

/// The places of the matrix: also of what the budget leaves out, and of drills, which a later stage makes.
void show_plan(Run& run) {
  if (!run.progress.planned) return;
  std::vector<Place> places;
  for (const plan::PlannedExperiment& one : plan_of(run, 0).experiments) {
    const std::string part = report::part_of(run.live.facts(), one.component, one.edge);
    places.push_back({one.key, part, one.fault, one.estimate});
  }
  run.progress.planned(places);
}

}  // namespace

void leave_out_rest(Run& run, const std::string& why) {
  const facts::Facts facts = run.live.finished();
  if (!any_steady(facts)) return;
  std::set<std::string> said;
  for (const facts::Experiment& made : facts.experiments) said.insert(made.key);
  for (const auto& drill : facts.drills) said.insert(drill.value.key);
  for (const auto& left : facts.left_out) said.insert(left.value.key);
  for (const plan::PlannedExperiment& planned : plan_of(run, 0).experiments) {
    if (said.insert(planned.key).second) leave_out(run, planned.key, why, planned.core);
  }
}

Result<void> chaos(Run& run) {
  if (!any_steady(run.look())) return {};
  show_plan(run);
  plan::Plan plan = plan_of(run, run.request.budget);
  for (const record::ExperimentLeftOut& left : plan.left_out) run.observe(left);
  std::vector<plan::PlannedExperiment> experiments;
  for (const plan::PlannedExperiment& planned : plan.experiments) {
    if (planned.form != "drill") experiments.push_back(planned);
  }
  const auto total = experiments.size();
  run.say("chaos",
          fmt::format("{} experiment{}, about {}", total, total == 1 ? "" : "s", report::duration(plan.estimate)));
  for (std::size_t i = 0; i < total; ++i) {
    if (run.beyond_budget(experiments[i].estimate)) {
      leave_out(run, experiments[i].key, "budget", experiments[i].core);
      continue;
    }
    PL_TRY(make_experiment(run, experiments[i], fmt::format("{:>2} of {}", i + 1, total)));
  }
  PL_TRY(longer_holds(run, plan));
  PL_TRY(hold_together(run));
  return refuse_pairs(run);
}

}  // namespace pl::engine

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "facts/effects.h"
#include "facts/flows.h"
#include "facts/judge.h"
#include "facts/procedure.h"
#include "facts/trials.h"

namespace pl::facts {
namespace {

constexpr std::int64_t kAttempts = 5;  ///< Trials of a key, aborted ones included.

/// Everything about the experiment that does not depend on the journey.
struct Campaign {
  const Facts& facts;
  Experiment& experiment;
  MachineView machine;
  std::vector<std::vector<Measured>> measured;  ///< By journey.
  std::vector<std::int64_t> crashed;            ///< Frames.
  std::int64_t crash_trials = 0;                ///< In which something crashed.
  bool gave_up = false;                         ///< A start script ended: what follows is no cascade.
  std::string aborted;
};

const record::TrialEnded& trial_at(const Facts& facts, std::int64_t index) {
  return facts.trials[static_cast<std::size_t>(index)].value;
}

/// More than half of the fault's seconds are void.
bool void_trial(const MachineView& machine, const record::TrialEnded& trial) {
  std::int64_t seconds = 0, lost = 0;
  for (Ns at = trial.fault_from; at < trial.fault_to; at += kSec) {
    ++seconds;
    lost += machine.is_void(at) ? 1 : 0;
  }
  return lost * 2 > seconds;
}

/// Whether the fault met traffic, where the relay can know: what customers send to the entry does not pass it, nor does
/// what goes through a Unix socket.
bool met_traffic(const Facts& facts, const record::TrialEnded& trial) {
  if (trial.requests_met > 0 || trial.connections_met > 0) return true;
  if (trial.edge >= 0 || !trial.edges.empty()) return false;
  const auto& edges = facts.topology.edges;
  const auto unseen = [&](std::int64_t id) { return edges[static_cast<std::size_t>(id)].protocol == "unix"; };
  return trial.component == facts.topology.entry ||
         std::ranges::all_of(edges_to(facts.topology, trial.component), unseen);
}

void measure_trial(Campaign& campaign, std::int64_t index, std::span<const OpenIteration> open) {
  const Facts& facts = campaign.facts;
  const record::TrialEnded& trial = trial_at(facts, index);
  if (!trial.aborted.empty() || void_trial(campaign.machine, trial)) {
    campaign.aborted = trial.aborted.empty() ? "the load generator fell behind" : trial.aborted;
    return;
  }
  const bool blocks = form_of(trial) == Form::switchback && !trial.blocks.empty();
  const Ns from = std::min(trial.control_from, blocks ? trial.blocks.front() : trial.control_from);
  const Ns to = std::max(trial.watched_to, blocks ? trial.blocks.back() : trial.watched_to) + 1;
  const Window window{.from = from, .to = to, .provider_status = trial.parameters["status"].as_int(0)};
  const auto samples = samples_of(facts, campaign.machine, window, open);
  const bool gave_up = command_ended(trial);
  for (std::size_t i = 0; i < facts.journeys.size(); ++i) {
    const Journey& journey = facts.journeys[i];
    if (!journey.steady.good) continue;
    const bool switchback = form_of(trial) == Form::switchback;
    Measured measured =
        switchback ? measure_switchback(trial, journey, samples[i]) : measure_hold(trial, journey, samples[i]);
    measured.trial = static_cast<std::size_t>(index);
    measured.met = met_traffic(facts, trial);
    if (gave_up) measured.recovered.reset();  // It was started afresh: not its own recovery.
    if (!trial.never_back.empty()) {
      measured.never_back = true;
      measured.recovered = false;
      measured.recovery = -1;
    }
    campaign.measured[i].push_back(std::move(measured));
  }
  campaign.gave_up |= gave_up;
  const std::vector<std::int64_t> ended = crashes(facts, trial);
  campaign.crash_trials += ended.empty() ? 0 : 1;
  campaign.crashed.insert(campaign.crashed.end(), ended.begin(), ended.end());
}

bool holds(const Cell& cell, Outcome outcome) {
  return std::ranges::any_of(cell.all, [outcome](const OutcomeCount& row) { return row.outcome == outcome; });
}

void sort_outcomes(Cell& cell) {
  std::ranges::sort(cell.all, std::greater<>{}, &OutcomeCount::outcome);
  cell.headline = cell.all.empty() ? Outcome::unaffected : cell.all.front().outcome;
}

/// Decides with an outcome that needs no more trials.
void add_outcome(Cell& cell, OutcomeCount outcome) {
  cell.all.push_back(outcome);
  cell.state = Cell::State::decided;
  sort_outcomes(cell);
}

/// The longest wait of all trials, and whose limit ended it.
void set_wait(Cell& cell, const std::vector<Measured>& trials) {
  const Measured* longest = nullptr;
  bool longer_hold = false;
  for (const Measured& measured : trials) longer_hold |= measured.form == Form::patience;
  for (const Measured& measured : trials) {
    if (longer_hold && measured.form != Form::patience) continue;
    if (longest == nullptr || measured.longest > longest->longest) longest = &measured;
  }
  if (longest == nullptr) return;
  cell.longest_wait = longest->longest;
  const Ns bound = longest->bound > longest->slow ? longest->bound : 0;
  const bool own = longest->longest_within || (bound > 0 && longest->longest <= bound + kSec);
  if (!holds(cell, Outcome::hangs) && longest->longest <= longest->slow) return;
  if (!holds(cell, Outcome::hangs) && own) {
    cell.wait_end = WaitEnd::application;
    cell.bound = bound > 0 ? bound : longest->longest;
  } else {
    cell.wait_end = longest->longest_ended ? WaitEnd::fault_removed : WaitEnd::not_seen;
  }
}

/// The commonest answer that is not the steady one, with its usual time: "500 in 8 ms".
std::string commonest(const std::vector<Measured>& trials) {
  std::map<std::int64_t, std::vector<Ns>> by_status;
  for (const Measured& measured : trials) {
    for (const Sample& sample : measured.examples) by_status[sample.status].push_back(sample.wait());
  }
  if (by_status.empty()) return "";
  const auto most = std::ranges::max_element(by_status, {}, [](const auto& row) { return row.second.size(); });
  const Ns usual = quantile(most->second, 0.5);
  const std::string time =
      usual < kSec ? fmt::format("{:.0f} ms", millis(usual)) : fmt::format("{:.1f} s", seconds(usual));
  return most->first == 0 ? fmt::format("no answer, {}", time) : fmt::format("{} in {}", most->first, time);
}

void set_measures(const Campaign& campaign, Cell& cell, const std::vector<Measured>& trials) {
  std::vector<Ns> changes;
  for (const Measured& measured : trials) {
    cell.evidence.push_back(campaign.facts.trials[measured.trial].id);
    changes.push_back(measured.median_change);
    if (cell.recovery >= 0) cell.recovery = measured.recovery < 0 ? -1 : std::max(cell.recovery, measured.recovery);
  }
  for (const Measured& measured : trials) {
    for (const Sample& sample : measured.examples) cell.evidence.push_back(sample.id);
  }
  cell.median_change = quantile(std::move(changes), 0.5);
  set_wait(cell, trials);
}

Reading reading_of(const Campaign& campaign, const Journey& journey) {
  const Experiment& experiment = campaign.experiment;
  const bool slowing = experiment.fault == "latency";
  const bool entry = experiment.component >= 0 && experiment.component == campaign.facts.topology.entry;
  return {.slowing = slowing, .entry = entry, .latency = journey.steady.latency_steady};
}

bool used_by_any(const Campaign& campaign) {
  return std::ranges::any_of(campaign.facts.journeys, [&](const Journey& journey) {
    return journey.steady.good && uses_target(campaign.facts, journey, campaign.experiment);
  });
}

/// A journey that fails though alone it does not send anything there, as one that does. Where no journey does when
/// alone, something is cached, and who asks for it is not known. Health endpoints have their own rule.
void judge_outage(const Campaign& campaign, const Journey& journey, Cell& cell) {
  if (cell.uses_target || journey.declared.health || campaign.gave_up || cell.state != Cell::State::decided) return;
  if (cell.headline == Outcome::unaffected) {
    cell.note = "(does not use it)";
  } else if (cell.headline >= Outcome::graceful && used_by_any(campaign)) {
    const OutcomeCount worst = cell.all.front();
    add_outcome(cell, {Outcome::outage, worst.count, worst.of});
  }
}

/// The word rests on a fault that met nothing of what the journey sends.
bool met_nothing(const Cell& cell, const std::vector<Measured>& trials) {
  const bool met = std::ranges::any_of(trials, &Measured::met);
  return !met && cell.uses_target && cell.headline <= Outcome::degraded;
}

Next decide_cell(const Campaign& campaign, std::size_t index, Cell& cell) {
  const Journey& journey = campaign.facts.journeys[index];
  const std::vector<Measured>& trials = campaign.measured[index];
  const Experiment& experiment = campaign.experiment;
  cell.journey = static_cast<std::int64_t>(index);
  cell.uses_target = uses_target(campaign.facts, journey, experiment);
  if (trials.empty()) {
    cell.state = Cell::State::inconclusive;
    cell.note = campaign.aborted;
    return Next::hold;
  }
  const Judged judged = judge(trials, reading_of(campaign, journey));
  cell.state = judged.decided ? Cell::State::decided : Cell::State::inconclusive;
  cell.all = judged.all;
  cell.refused = judged.counts.refused;
  cell.trials = static_cast<std::int64_t>(trials.size());
  sort_outcomes(cell);
  set_measures(campaign, cell, trials);
  cell.note = judged.note.empty() && cell.headline != Outcome::unaffected ? commonest(trials) : judged.note;
  if (reading_of(campaign, journey).entry && judged.counts.lost_sessions > 0) {
    cell.note = fmt::format("{} sessions lost", judged.counts.lost_sessions);
  }
  if (met_nothing(cell, trials)) {
    cell.state = Cell::State::inconclusive;
    cell.note = "the fault met no traffic";
    return Next::done;
  }
  judge_outage(campaign, journey, cell);
  return judged.decided ? Next::done : judged.next;
}

/// What the log says beside the answers.
void add_effects(const Campaign& campaign, Cell& cell) {
  const WritesRead writes = writes_after(campaign.facts, campaign.experiment.key, cell.journey);
  if (writes.lost > 0) {
    add_outcome(cell, {Outcome::data_lost, writes.lost, writes.of});
    cell.evidence.insert(cell.evidence.end(), writes.evidence.begin(), writes.evidence.end());
  }
  OutcomeCount open{Outcome::fail_open, 0, 0};
  for (const auto& probe : campaign.facts.accesses) {
    if (probe.value.experiment != campaign.experiment.key || probe.value.journey != cell.journey) continue;
    ++open.of;
    open.count += probe.value.readable ? 1 : 0;
    if (probe.value.readable) cell.evidence.push_back(probe.id);
  }
  if (open.count > 0) add_outcome(cell, open);
  if (!campaign.crashed.empty()) {
    add_outcome(cell, {Outcome::crash, campaign.crash_trials, std::max(cell.trials, campaign.crash_trials)});
    cell.evidence.insert(cell.evidence.end(), campaign.crashed.begin(), campaign.crashed.end());
  }
}

/// A health endpoint that stays good while another journey fails or hangs misleads; one that only says that the
/// process lives must stay good.
void judge_health(const Campaign& campaign) {
  std::vector<Cell>& cells = campaign.experiment.cells;
  const auto& journeys = campaign.facts.journeys;
  if (campaign.experiment.component >= 0 && campaign.experiment.component == campaign.facts.topology.entry) return;
  const auto failing = std::ranges::find_if(cells, [&](const Cell& cell) {
    const bool health = journeys[static_cast<std::size_t>(cell.journey)].declared.health;
    return !health && cell.state == Cell::State::decided &&
           (holds(cell, Outcome::errors) || holds(cell, Outcome::misleading) || holds(cell, Outcome::hangs));
  });
  if (failing == cells.end()) return;
  const std::string who = journeys[static_cast<std::size_t>(failing->journey)].declared.name;
  for (Cell& cell : cells) {
    const record::JourneyDeclared& declared = journeys[static_cast<std::size_t>(cell.journey)].declared;
    const bool good = cell.trials > 0 && cell.headline <= Outcome::degraded;
    if (!declared.health || declared.live || !good) continue;
    if (notices_in_time(campaign.facts, campaign.machine, campaign.experiment, cell.journey)) continue;
    std::int64_t answers = 0;
    for (const Measured& measured : campaign.measured[static_cast<std::size_t>(cell.journey)]) {
      answers += measured.counts.answers;
    }
    add_outcome(cell, {Outcome::misleading, answers, answers});
    cell.note = fmt::format("says all is well while {} fails", who);
  }
}

Next worse(Next a, Next b) {
  if (a == Next::hold || b == Next::hold) return Next::hold;
  return a == Next::switchback || b == Next::switchback ? Next::switchback : Next::done;
}

void gather(const Facts& facts, Experiment& experiment) {
  for (std::size_t i = 0; i < facts.trials.size(); ++i) {
    const record::TrialEnded& trial = facts.trials[i].value;
    if (trial.key != experiment.key) continue;
    experiment.fault = trial.fault;
    experiment.component = trial.component;
    experiment.edge = trial.edge;
    experiment.edges = trial.edges;
    experiment.core = trial.core;
    experiment.trials.push_back(static_cast<std::int64_t>(i));
    if (experiment.note.empty()) experiment.note = trial.note;
    if (!trial.never_back.empty()) experiment.note = "it did not come back: " + trial.never_back;
  }
}

}  // namespace

Experiment decide(const Facts& facts, const std::string& key, std::span<const OpenIteration> open) {
  Experiment experiment;
  experiment.key = key;
  gather(facts, experiment);
  Campaign campaign{.facts = facts, .experiment = experiment, .machine = MachineView(facts)};
  campaign.measured.resize(facts.journeys.size());
  for (const std::int64_t index : experiment.trials) measure_trial(campaign, index, open);
  for (std::size_t i = 0; i < facts.journeys.size(); ++i) {
    if (!facts.journeys[i].steady.good) continue;
    Cell cell;
    const Next wants = decide_cell(campaign, i, cell);
    add_effects(campaign, cell);
    // What is certain and worse than anything that is open needs no further trial.
    const bool settled = cell.state == Cell::State::decided;
    experiment.next = worse(experiment.next, settled ? Next::done : wants);
    experiment.cells.push_back(std::move(cell));
  }
  judge_health(campaign);
  if (static_cast<std::int64_t>(experiment.trials.size()) >= kAttempts + 1) experiment.next = Next::done;
  return experiment;
}

std::vector<std::string> unbounded(const std::vector<Experiment>& experiments) {
  struct Candidate {
    std::int64_t cells = 0;
    Ns wait = 0;
    std::string key;
  };
  std::vector<Candidate> found;
  for (const Experiment& experiment : experiments) {
    Candidate candidate{.key = experiment.key};
    for (const Cell& cell : experiment.cells) {
      if (!holds(cell, Outcome::hangs)) continue;
      ++candidate.cells;
      candidate.wait = std::max(candidate.wait, cell.longest_wait);
    }
    if (candidate.cells > 0) found.push_back(std::move(candidate));
  }
  std::ranges::stable_sort(found, [](const Candidate& a, const Candidate& b) {
    return a.cells != b.cells ? a.cells > b.cells : a.wait > b.wait;
  });
  std::vector<std::string> keys;
  for (Candidate& candidate : found) keys.push_back(std::move(candidate.key));
  return keys;
}

}  // namespace pl::facts

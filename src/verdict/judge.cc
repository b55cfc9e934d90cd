#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "facts/procedure.h"
#include "verdict/policy.h"
#include "verdict/sentence.h"
#include "verdict/verdict.h"

namespace pl::verdict {
namespace {

using facts::Answer;
using facts::Cell;
using facts::Checkpoint;
using facts::Facts;
using facts::Finding;
using facts::Severity;

constexpr std::size_t kFirst = 3;          ///< Remedies that are named first.
constexpr std::int64_t kVoidPercent = 20;  ///< More void seconds than this: the generator was the bottleneck.
constexpr std::int64_t kVoidSeconds = 10;  ///< Fewer seconds say nothing.

/// Worst first among findings of one severity: what cannot be mended afterwards, then what most customers feel.
constexpr std::string_view kOrder[] = {"chaos.data_lost",
                                       "chaos.fail_open",
                                       "architecture.steady",
                                       "chaos.hangs",
                                       "chaos.outage",
                                       "chaos.no_recovery",
                                       "chaos.crash",
                                       "chaos.misleading",
                                       "chaos.misleading_health",
                                       "operations.terminate",
                                       "operations.terminate_streams",
                                       "operations.terminate_kept",
                                       "chaos.errors"};

int rank(const std::string& check) {
  const auto place = std::find(std::begin(kOrder), std::end(kOrder), check);
  return static_cast<int>(place - std::begin(kOrder));
}

std::string journey_name(const Facts& facts, std::int64_t id) {
  const bool known = id >= 0 && id < static_cast<std::int64_t>(facts.journeys.size());
  return known ? facts.journeys[static_cast<std::size_t>(id)].declared.name : std::to_string(id);
}

void open_cells(const Facts& facts, std::vector<NotTested>& open) {
  for (const facts::Experiment& experiment : facts.experiments) {
    for (const Cell& cell : experiment.cells) {
      if (cell.state == Cell::State::decided) continue;
      const bool tried = cell.state == Cell::State::inconclusive;
      std::string why = tried ? "inconclusive" : "not run";
      if (!cell.note.empty()) why += ": " + cell.note;
      open.push_back({fmt::format("{} ({})", experiment.key, journey_name(facts, cell.journey)), why, experiment.core});
    }
  }
}

/// All that was not tested, required first.
std::vector<NotTested> what_is_open(const Facts& facts) {
  std::vector<NotTested> open;
  open_cells(facts, open);
  std::set<std::string> said;
  for (const auto& left : facts.left_out) {
    if (said.insert(left.value.key).second) open.push_back({left.value.key, left.value.why, left.value.required});
  }
  for (const auto& drill : facts.drills) {
    // A start without a dependency is asked for beside the policy: what it leaves open keeps no run from its verdict.
    if (drill.value.result == "not decided")
      open.push_back({drill.value.key, "inconclusive: " + drill.value.note, drill.value.drill != "absent"});
  }
  for (const facts::Journey& journey : facts.journeys) {
    if (!journey.steady.good) {
      const std::string why(facts::no_steady_state(journey.steady));
      // Answers that fail are a finding of their own; without one, a run must not be ready that judged only the others.
      const bool blamed = journey.steady.success < journey.steady.count && !facts::rate_limited(journey.steady);
      open.push_back({"all cells of " + journey.declared.name, "no steady state: " + why, !blamed});
    }
  }
  said.clear();
  for (const auto& passed : facts.not_intercepted) {
    if (said.insert(passed.value.what).second) open.push_back({passed.value.what, "not intercepted", false});
  }
  if (facts.sandbox) {
    for (const std::string& limit : facts.sandbox->value.limits) {
      if (!limit.empty()) open.push_back({limit, "this machine does not allow it", false});
    }
  }
  for (const auto& failure : facts.failures) {
    if (said.insert(failure.value.detail).second) open.push_back({failure.value.detail, "an instrument failed", false});
  }
  std::stable_partition(open.begin(), open.end(), [](const NotTested& row) { return row.required; });
  return open;
}

/// Whether the generator fell behind too often. The ladder's seconds do not count: there the machine is driven to its
/// end on purpose, and each step says of itself when it is void.
bool generator_bound(const Facts& facts) {
  const auto on_ladder = [&](Ns second) {
    return std::ranges::any_of(facts.capacity, [&](const auto& step) {
      return (second + 1) * kSec > step.value.from && second * kSec < step.value.to + kSec;
    });
  };
  std::int64_t seconds = 0, lost = 0;
  for (const auto& seen : facts.generator) {
    if (on_ladder(seen.value.second)) continue;
    ++seconds;
    lost += seen.value.is_void ? 1 : 0;
  }
  return seconds >= kVoidSeconds && lost * 100 > seconds * kVoidPercent;
}

/// Why nothing can be said at all; empty where something can.
std::string unmeasured(const Facts& facts) {
  if (facts.end && facts.end->value.how == "failed") return facts.end->value.detail;
  const bool success = std::any_of(facts.journeys.begin(), facts.journeys.end(),
                                   [](const facts::Journey& journey) { return journey.steady.success > 0; });
  if (!success) return "no journey reached a steady state: not one answer was a success";
  if (generator_bound(facts)) return "proofload's own load generator fell behind: this machine was the bottleneck";
  if (facts.experiments.empty() && facts.drills.empty()) return "no experiment was made";
  return {};
}

Overall overall_of(const Facts& facts, const Verdict& verdict, const std::string& unmeasured_why) {
  if (!facts.end || facts.end->value.how == "interrupted") return Overall::interrupted;
  if (!unmeasured_why.empty()) return Overall::not_measured;
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == Severity::blocking) return Overall::not_ready;
  }
  const bool open = std::any_of(verdict.not_tested.begin(), verdict.not_tested.end(),
                                [](const NotTested& row) { return row.required; });
  return open ? Overall::not_measured : Overall::ready;
}

/// Cells of the chaos checkpoint: decided ones, and those with a blocking outcome.
struct CellCount {
  int decided = 0, blocking = 0;
};

CellCount count_cells(const Facts& facts, const std::vector<Finding>& findings) {
  std::set<std::string> blocked;
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::blocking) blocked.insert(finding.cells.begin(), finding.cells.end());
  }
  CellCount count;
  for (const facts::Experiment& experiment : facts.experiments) {
    const bool decided = std::any_of(experiment.cells.begin(), experiment.cells.end(),
                                     [](const Cell& cell) { return cell.state == Cell::State::decided; });
    count.decided += decided;
    count.blocking += decided && blocked.contains(experiment.key);
  }
  return count;
}

std::string plural(int count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

/// Open questions of the policy in chaos; the others are open where any of their questions is.
Outcome outcome_of(const CheckpointVerdict& row, const Verdict& verdict, int answered, int asked, int ran) {
  if (row.blocking > 0) return Outcome::fail;
  if (answered == 0 && ran == 0) return Outcome::not_run;
  if (row.checkpoint != Checkpoint::chaos) return answered == asked ? Outcome::pass : Outcome::inconclusive;
  const bool open = std::any_of(verdict.not_tested.begin(), verdict.not_tested.end(),
                                [](const NotTested& what) { return what.required; });
  return open || ran == 0 ? Outcome::inconclusive : Outcome::pass;
}

std::string summary_of(const CheckpointVerdict& row, const CellCount& cells, int answered, int asked) {
  if (row.outcome == Outcome::not_run) return plural(asked, "question") + " open";
  if (row.checkpoint == Checkpoint::chaos && cells.decided > 0) {
    std::string text = fmt::format("{} of {} blocking", cells.blocking, plural(cells.decided, "experiment"));
    if (row.warnings > 0) text += ", " + plural(row.warnings, "warning");
    return text;
  }
  std::string text;
  if (row.blocking > 0) text += fmt::format("{} blocking, ", row.blocking);
  if (row.warnings > 0) text += plural(row.warnings, "warning") + ", ";
  return text + fmt::format("{} of {} answered", answered, plural(asked, "question"));
}

CheckpointVerdict judge_checkpoint(Checkpoint checkpoint, const Facts& facts, const Verdict& verdict) {
  CheckpointVerdict row;
  row.checkpoint = checkpoint;
  int asked = 0, answered = 0;
  for (const Answer& answer : verdict.answers) {
    if (answer.checkpoint != checkpoint) continue;
    ++asked;
    answered += answer.state == Answer::State::answered;
  }
  for (std::size_t i = 0; i < verdict.findings.size(); ++i) {
    const Finding& finding = verdict.findings[i];
    if (finding.checkpoint != checkpoint) continue;
    row.findings.push_back(i);
    row.blocking += finding.severity == Severity::blocking;
    row.warnings += finding.severity == Severity::warning;
  }
  const CellCount cells = count_cells(facts, verdict.findings);
  const bool chaos = checkpoint == Checkpoint::chaos;
  row.passed = chaos ? cells.decided - cells.blocking : std::max(0, answered - row.blocking);
  row.outcome = outcome_of(row, verdict, answered, asked, chaos ? cells.decided : 0);
  row.summary = summary_of(row, cells, answered, asked);
  return row;
}

std::vector<std::string> first_remedies(const std::vector<Finding>& findings) {
  std::vector<std::string> first;
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::note || finding.remedy.empty()) continue;
    if (first.size() < kFirst && std::find(first.begin(), first.end(), finding.remedy) == first.end()) {
      first.push_back(finding.remedy);
    }
  }
  return first;
}

void speak(const Facts& facts, const std::string& unmeasured_why, Verdict& verdict) {
  const auto open = std::count_if(verdict.not_tested.begin(), verdict.not_tested.end(),
                                  [](const NotTested& row) { return row.required; });
  const std::string worst = worst_sentence(facts, verdict.findings);
  switch (verdict.overall) {
    case Overall::ready:
      verdict.exit_code = 0;
      verdict.headline = "Ready for customers, as far as it was tested";
      verdict.sentence =
          fmt::format("{} survived every fault of {}; what was not tested is listed and never counts as passed.",
                      facts.run.subject.empty() ? "The application" : facts.run.subject,
                      plural(static_cast<int>(facts.experiments.size()), "experiment"));
      return;
    case Overall::not_ready:
      verdict.exit_code = 1;
      verdict.headline = "Not ready for customers";
      verdict.sentence = worst;
      return;
    case Overall::interrupted:
      verdict.exit_code = 130;
      verdict.headline = "Interrupted: this is a part of a run";
      verdict.sentence = worst.empty() ? "The run was ended before it could be judged." : "Found so far: " + worst;
      return;
    case Overall::not_measured:
      verdict.exit_code = 3;
      verdict.headline = "Could not be measured";
      verdict.sentence =
          !unmeasured_why.empty()
              ? fmt::format("Nothing is judged: {}.", unmeasured_why)
              : fmt::format("Nothing blocking was found, but {} still open, the first: {} ({}).",
                            open == 1 ? "one required question is" : fmt::format("{} required questions are", open),
                            verdict.not_tested.front().what, verdict.not_tested.front().why);
  }
}

}  // namespace

Verdict judge(const Facts& facts, std::vector<Finding> findings, std::vector<Answer> answers) {
  Verdict verdict;
  verdict.not_tested = what_is_open(facts);
  verdict.findings = std::move(findings);
  verdict.answers = std::move(answers);
  apply_policy(rules_of(facts.run.config["policy"]), verdict.findings, verdict.not_tested);
  std::stable_sort(verdict.findings.begin(), verdict.findings.end(), [](const Finding& a, const Finding& b) {
    if (a.severity != b.severity) return a.severity < b.severity;
    return rank(a.check) < rank(b.check);
  });
  const std::string why = unmeasured(facts);
  verdict.overall = overall_of(facts, verdict, why);
  for (int i = 0; i < facts::kCheckpoints; ++i) {
    verdict.checkpoints.push_back(judge_checkpoint(static_cast<Checkpoint>(i), facts, verdict));
  }
  verdict.first = first_remedies(verdict.findings);
  speak(facts, why, verdict);
  return verdict;
}

}  // namespace pl::verdict

#include <fmt/core.h>

#include <algorithm>

#include "checks/answers.h"
#include "checks/checks.h"
#include "checks/say/say.h"

namespace pl::checks {
namespace {

using facts::Answer;
using facts::Cell;
using facts::Experiment;
using facts::Facts;

constexpr std::int64_t kFirstFrame = 0;  ///< Holds the configuration.

/// What `vendor:` declares under a key, one after the other.
std::string declared(const Facts& facts, std::string_view key) {
  std::string text;
  for (const Json& item : facts.run.config["vendor"][key].items())
    text += (text.empty() ? "" : "; ") + item.as_string();
  return text;
}

std::int64_t decided(const Facts& facts) {
  return std::count_if(facts.experiments.begin(), facts.experiments.end(), [](const Experiment& experiment) {
    return std::any_of(experiment.cells.begin(), experiment.cells.end(),
                       [](const Cell& cell) { return cell.state == Cell::State::decided; });
  });
}

std::vector<std::int64_t> some_trials(const Facts& facts) {
  constexpr std::size_t kShown = 30;
  std::vector<std::int64_t> ids;
  for (const auto& trial : facts.trials) {
    if (ids.size() < kShown) ids.push_back(trial.id);
  }
  return ids;
}

/// The worst thing that a part did to customers, of the parts that were faulted; the first of equals.
const Experiment* worst_experiment(const Facts& facts, facts::Outcome& outcome) {
  const Experiment* worst = nullptr;
  for (const Experiment& experiment : facts.experiments) {
    for (const Cell& cell : experiment.cells) {
      if (cell.state != Cell::State::decided || !facts::outcome_row(cell.headline).blocks) continue;
      if (worst != nullptr && cell.headline <= outcome) continue;
      worst = &experiment;
      outcome = cell.headline;
    }
  }
  return worst;
}

}  // namespace

void answer_references(const Facts& facts, Answer& answer) {
  const std::string references = declared(facts, "references");
  if (references.empty()) {
    answer.text = "A run cannot see who uses it. Name customers that may be asked under `vendor: references:`.";
    return;
  }
  give(answer, fmt::format("{} (declared; nothing of it was checked).", references), {kFirstFrame});
  answer.evidence_class = facts::Evidence::declared;
}

void answer_validation(const Facts& facts, Answer& answer) {
  const std::int64_t experiments = decided(facts);
  if (experiments == 0 && facts.probes.empty()) {
    answer.text = "No experiment was decided and nothing was asked outside the load, so this run validates nothing.";
    return;
  }
  std::int64_t security = 0, blocking = 0;
  for (const facts::Finding& finding : run_all(facts)) {
    security += finding.checkpoint == facts::Checkpoint::security;
    blocking += finding.severity == facts::Severity::blocking;
  }
  std::vector<std::int64_t> evidence = some_trials(facts);
  for (const auto& probe : facts.probes) evidence.push_back(probe.id);
  const std::string reviews = declared(facts, "reviews");
  std::string text = fmt::format(
      "This run: {} decided, {} outside the load, {} of the security checkpoint, {} blocking in all (measured). ",
      count_text(experiments, "experiment"), count_text(static_cast<std::int64_t>(facts.probes.size()), "question"),
      count_text(security, "finding"), blocking);
  text += reviews.empty() ? "Reviews by people: none declared under `vendor: reviews:`."
                          : fmt::format("Reviews: {} (declared; nothing of it was checked).", reviews);
  give(answer, text, evidence);
}

void answer_stress(const Facts& facts, Answer& answer) {
  const auto* steady = facts::steady_period(facts);
  if (steady == nullptr) {
    answer.text = "No steady load was reached in this run.";
    return;
  }
  Ns slowest = 0;
  std::int64_t journeys = 0, answers = 0;
  for (const facts::Journey& journey : facts.journeys) {
    if (journey.steady.count == 0) continue;
    ++journeys;
    answers += journey.steady.count;
    slowest = std::max(slowest, journey.steady.p99);
  }
  std::vector<std::int64_t> evidence = some_trials(facts);
  evidence.insert(evidence.begin(), steady->id);
  std::string text =
      fmt::format("{} together at {:.3g}/s each: {}, slowest p99 {} (measured). ", count_text(journeys, "journey"),
                  steady->value.rate, count_text(answers, "answer"), time_text(slowest));
  text += fmt::format("{} of faults under that load (measured). ", count_text(decided(facts), "experiment"));
  text += facts.run.config["traffic"].has("rate")
              ? fmt::format("Customers today: {} (declared). ", facts.run.config["traffic"]["rate"].as_string())
              : "How many customers there are today is not declared (`traffic: rate:`). ";
  text += "Ten times as many and several regions were not tried.";
  give(answer, text, evidence);
  // What was asked for, ten times the customers, is not among what was measured.
  answer.state = Answer::State::inconclusive;
}

void answer_pivot(const Facts& facts, Answer& answer) {
  if (decided(facts) == 0) {
    answer.text = "No experiment was decided, so it is not known what breaks first.";
    return;
  }
  std::int64_t blocking = 0, warnings = 0;
  for (const facts::Finding& finding : run_all(facts)) {
    blocking += finding.severity == facts::Severity::blocking;
    warnings += finding.severity == facts::Severity::warning;
  }
  std::string text;
  facts::Outcome outcome = facts::Outcome::unaffected;
  const Experiment* worst = worst_experiment(facts, outcome);
  if (blocking > 0) {
    text = fmt::format("Yes: {} and {} are open.", count_text(blocking, "blocking finding"),
                       count_text(warnings, "warning"));
    if (worst != nullptr) {
      text += fmt::format(" The worst seen: {}: {}.", subject_text(facts, *worst), facts::outcome_row(outcome).word);
    }
  } else {
    text = fmt::format("Nothing in this run calls for it: no blocking finding, {}.", count_text(warnings, "warning"));
  }
  give(answer, text + " How old they are, and whether they become more, one run cannot tell.", some_trials(facts));
}

}  // namespace pl::checks

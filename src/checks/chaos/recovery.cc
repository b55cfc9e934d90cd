#include "checks/chaos/recovery.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

constexpr Ns kLong = 10 * kSec;  ///< Recovery beyond this is said as a warning.

/// Why the application did not serve again after it was killed; empty where it did.
std::string never_back(const facts::Facts& facts, const facts::Experiment& experiment) {
  for (const std::int64_t trial : experiment.trials) {
    const std::string& why = facts.trials.at(static_cast<std::size_t>(trial)).value.never_back;
    if (!why.empty()) return why;
  }
  return {};
}

}  // namespace

std::vector<facts::Finding> recovery(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::Experiment& experiment : facts.experiments) {
    std::vector<std::int64_t> never, late, evidence;
    Ns longest = 0;
    for (const facts::Cell& cell : experiment.cells) {
      if (cell.state != facts::Cell::State::decided) continue;
      const bool lost = holds(cell, facts::Outcome::no_recovery);
      if (lost) never.push_back(cell.journey);
      if (!lost && cell.recovery > kLong) late.push_back(cell.journey);
      if (lost || cell.recovery > kLong) evidence.insert(evidence.end(), cell.evidence.begin(), cell.evidence.end());
      longest = std::max(longest, cell.recovery);
    }
    if (never.empty() && late.empty()) continue;
    const bool blocking = !never.empty();
    facts::Finding finding = begin_finding(facts, blocking ? "chaos.no_recovery" : "chaos.slow_recovery", experiment,
                                           blocking ? facts::Severity::blocking : facts::Severity::warning);
    const std::string name = target_name(facts, experiment);
    finding.title =
        blocking ? fmt::format("After {} is back, {} does not recover by itself.", name, journeys_text(facts, never))
                 : fmt::format("After {} is back, {} {} {} to recover.", name, journeys_text(facts, late),
                               late.size() == 1 ? "needs" : "need", time_text(longest));
    finding.why = "An incident lasts until the application is as good as before, not until its cause is gone.";
    finding.remedy = fmt::format("Drop broken connections to {} and open new ones with growing pauses", name);
    if (const std::string why = never_back(facts, experiment); blocking && !why.empty()) {
      finding.title =
          fmt::format("{} does not start again after it was killed: {} stay away.", name, journeys_text(facts, never));
      finding.why = why + ".";
      finding.remedy =
          "Let the start clean up what a killed instance leaves behind (lock files, sockets, half-written state)";
    }
    if (!blocking) finding.numbers.push_back({"recovery", seconds(longest), "s", 1});
    add_evidence(finding, evidence);
    if (!finding.evidence.empty()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

#include "checks/chaos/recovery.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

constexpr Ns kLong = 10 * kSec;  ///< Recovery beyond this is said as a warning.

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
                 : fmt::format("After {} is back, {} needs {} to recover.", name, journeys_text(facts, late),
                               time_text(longest));
    finding.why = "An incident lasts until the application is as good as before, not until its cause is gone.";
    finding.remedy = fmt::format("Drop broken connections to {} and open new ones with growing pauses", name);
    if (!blocking) finding.numbers.push_back({"recovery", seconds(longest), "s", 1});
    add_evidence(finding, evidence);
    if (!finding.evidence.empty()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

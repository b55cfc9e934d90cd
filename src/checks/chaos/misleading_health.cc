#include "checks/chaos/misleading_health.h"

#include <fmt/core.h>

#include "checks/say/say.h"

namespace pl::checks {

std::vector<facts::Finding> misleading_health(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::Experiment& experiment : facts.experiments) {
    std::vector<std::int64_t> healthy, hurt, evidence;
    for (const facts::Cell& cell : experiment.cells) {
      if (cell.journey < 0 || cell.journey >= static_cast<std::int64_t>(facts.journeys.size())) continue;
      const bool health = facts.journeys[static_cast<std::size_t>(cell.journey)].declared.health;
      const bool fails = cell.state == facts::Cell::State::decided && cell.headline >= facts::Outcome::errors;
      if (health && holds(cell, facts::Outcome::misleading)) healthy.push_back(cell.journey);
      if (!health && fails) hurt.push_back(cell.journey);
      evidence.insert(evidence.end(), cell.evidence.begin(), cell.evidence.end());
    }
    if (healthy.empty()) continue;
    facts::Finding finding = begin_finding(facts, "chaos.misleading_health", experiment, facts::Severity::blocking);
    const std::string whom = hurt.empty() ? "customers fail or wait"
                                          : fmt::format("customers of {} fail or wait", journeys_text(facts, hurt));
    finding.title = fmt::format("{}, the health endpoint {} says that all is well while {}.",
                                when_text(facts, experiment), journeys_text(facts, healthy), whom);
    finding.why = "Load balancers and alarms believe it: nothing is taken out of service and nobody is called.";
    finding.remedy = fmt::format("Let the health endpoint ask {} with a short time limit, and answer 503 when it fails",
                                 target_name(facts, experiment));
    add_evidence(finding, evidence);
    if (!finding.evidence.empty()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

#include "checks/architecture/single_points.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"
#include "facts/flows.h"

namespace pl::checks {
namespace {

/// Experiments that take the component, or an edge to it, away.
std::vector<const facts::Experiment*> experiments_on(const facts::Facts& facts, std::int64_t component) {
  const std::vector<std::int64_t> edges = facts::edges_to(facts.topology, component);
  std::vector<const facts::Experiment*> result;
  for (const facts::Experiment& experiment : facts.experiments) {
    const bool edge = std::find(edges.begin(), edges.end(), experiment.edge) != edges.end();
    if (!facts::slows(experiment.fault) && (edge || (experiment.component == component && component >= 0))) {
      result.push_back(&experiment);
    }
  }
  return result;
}

}  // namespace

std::vector<facts::Finding> single_points(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::Component& component : facts.topology.components) {
    if (component.id == facts.topology.entry) continue;
    std::vector<std::int64_t> failing, evidence;
    std::vector<std::string> cells;
    for (const facts::Experiment* experiment : experiments_on(facts, component.id)) {
      bool any = false;
      for (const facts::Cell& cell : experiment->cells) {
        const bool fails = cell.state == facts::Cell::State::decided && cell.headline >= facts::Outcome::errors;
        const bool health = facts.journeys.at(static_cast<std::size_t>(cell.journey)).declared.health;
        if (!fails || health) continue;  // A health endpoint is no customer.
        any = true;
        if (std::find(failing.begin(), failing.end(), cell.journey) == failing.end()) failing.push_back(cell.journey);
        evidence.insert(evidence.end(), cell.evidence.begin(), cell.evidence.end());
      }
      if (!any) continue;
      cells.push_back(experiment->key);
      for (const std::int64_t trial : experiment->trials) {
        evidence.push_back(facts.trials.at(static_cast<std::size_t>(trial)).id);
      }
    }
    if (failing.empty() || evidence.empty()) continue;
    std::sort(failing.begin(), failing.end());
    const std::string name = facts::plain_name(component);
    facts::Finding finding =
        begin_finding("architecture.single_point", facts::Checkpoint::architecture, name, facts::Severity::warning);
    finding.title = fmt::format("{} is a single point of failure: without it {} {}.", name,
                                journeys_text(facts, failing), failing.size() == 1 ? "fails" : "fail");
    finding.why = "Proved by taking it away while customers were served.";
    finding.remedy = fmt::format("Give {} a second instance to fail over to, or these journeys a fallback", name);
    finding.cells = std::move(cells);
    finding.command = repeat_command(facts, finding.cells[0]);
    add_evidence(finding, evidence);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

#include "checks/architecture/single_points.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"
#include "facts/losses.h"

namespace pl::checks {

std::vector<facts::Finding> single_points(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::PartLost& part : facts::losses(facts)) {
    if (part.failing.empty()) continue;
    const std::string name = facts::plain_name(facts.topology.components[static_cast<std::size_t>(part.component)]);
    facts::Finding finding =
        begin_finding("architecture.single_point", facts::Checkpoint::architecture, name, facts::Severity::warning);
    finding.title = fmt::format("{} is a single point of failure: without it {} {}.", name,
                                journeys_text(facts, part.failing), part.failing.size() == 1 ? "fails" : "fail");
    finding.why = "Proved by taking it away while customers were served.";
    finding.remedy = fmt::format("Give {} a second instance to fail over to, or these journeys a fallback", name);
    for (const std::int64_t index : part.experiments) {
      const facts::Experiment& experiment = facts.experiments[static_cast<std::size_t>(index)];
      const bool shows = std::ranges::any_of(experiment.cells, [&](const facts::Cell& cell) {
        return facts::loss_of(cell) == facts::Loss::failing &&
               std::ranges::find(part.failing, cell.journey) != part.failing.end();
      });
      if (shows) finding.cells.push_back(experiment.key);
    }
    finding.command = repeat_command(facts, finding.cells[0]);
    add_evidence(finding, part.evidence);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

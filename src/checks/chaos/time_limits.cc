#include "checks/chaos/time_limits.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

struct Waits {
  std::vector<const facts::Experiment*> experiments;
  Ns longest = 0;
  std::vector<std::int64_t> evidence;
};

}  // namespace

std::vector<facts::Finding> time_limits(const facts::Facts& facts) {
  std::map<std::string, Waits> by_target;
  for (const facts::Experiment& experiment : facts.experiments) {
    for (const facts::Cell& cell : experiment.cells) {
      // A restart is shorter than any sensible limit, so it says nothing about one.
      if (experiment.fault == "restart" || !holds(cell, facts::Outcome::hangs)) continue;
      if (cell.wait_end == facts::WaitEnd::application) continue;
      Waits& waits = by_target[target_name(facts, experiment)];
      if (waits.experiments.empty() || waits.experiments.back() != &experiment)
        waits.experiments.push_back(&experiment);
      waits.longest = std::max(waits.longest, cell.longest_wait);
      waits.evidence.insert(waits.evidence.end(), cell.evidence.begin(), cell.evidence.end());
    }
  }
  std::vector<facts::Finding> findings;
  for (const auto& [name, waits] : by_target) {
    facts::Finding finding = begin_finding(facts, "chaos.time_limits", *waits.experiments[0], facts::Severity::warning);
    finding.title = fmt::format("No time limit of the application's own was seen on calls to {} within {}.", name,
                                time_text(waits.longest));
    finding.why = "Each waiting request keeps a connection, memory and a customer until somebody else gives up.";
    finding.remedy = time_limit_remedy(facts, *waits.experiments[0]);
    finding.numbers.push_back({"longest wait", seconds(waits.longest), "s", 1});
    finding.cells.clear();
    for (const facts::Experiment* experiment : waits.experiments) finding.cells.push_back(experiment->key);
    add_evidence(finding, waits.evidence);
    if (!finding.evidence.empty()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

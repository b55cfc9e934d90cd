#include "checks/operations/start_order.h"

#include <fmt/core.h>

#include "checks/say/say.h"

namespace pl::checks {

std::vector<facts::Finding> start_order(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const auto& drill : facts.drills) {
    const record::DrillEnded& seen = drill.value;
    if (seen.drill != "absent" || seen.result != "gives up") continue;
    facts::Experiment about;
    about.key = seen.key;
    about.component = seen.component;
    about.edge = seen.edge;
    const std::string name = target_name(facts, about);
    facts::Finding finding = begin_finding("operations.start_order", facts::Checkpoint::operations,
                                           name + " absent at start", facts::Severity::warning);
    const std::string how = seen.signal > 0    ? fmt::format("by signal {}", seen.signal)
                            : seen.status >= 0 ? fmt::format("with status {}", seen.status)
                                               : "without a status that was seen";
    finding.title = fmt::format("When {} is not there at the start, the application gives up after {}, {}.", name,
                                time_text(seen.exit_after), how);
    finding.why = seen.status == 0 ? "Status 0 says that all went well: what supervises it need not start it again."
                                   : "After a power cut everything starts at once: the order must not matter.";
    finding.remedy = fmt::format("Wait for {} with growing pauses, and answer 503 until it is there", name);
    finding.cells = {seen.key};
    finding.evidence = {drill.id};
    finding.command = repeat_command(facts, seen.key);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

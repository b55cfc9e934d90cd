#include "checks/operations/start_order.h"

#include <fmt/core.h>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

using Drill = facts::Seen<record::DrillEnded>;

facts::Finding begin(const facts::Facts& facts, const Drill& drill, const std::string& name, facts::Severity severity) {
  facts::Finding finding =
      begin_finding("operations.start_order", facts::Checkpoint::operations, name + " absent at start", severity);
  finding.cells = {drill.value.key};
  finding.evidence = {drill.id};
  finding.command = repeat_command(facts, drill.value.key);
  return finding;
}

facts::Finding gives_up(const facts::Facts& facts, const Drill& drill, const std::string& name) {
  const record::DrillEnded& seen = drill.value;
  facts::Finding finding = begin(facts, drill, name, facts::Severity::warning);
  const std::string how = seen.signal > 0    ? fmt::format("by signal {}", seen.signal)
                          : seen.status >= 0 ? fmt::format("with status {}", seen.status)
                                             : "without a status that was seen";
  finding.title = fmt::format("When {} is not there at the start, the application gives up after {}, {}.", name,
                              time_text(seen.exit_after), how);
  finding.why = seen.status == 0 ? "Status 0 says that all went well: what supervises it need not start it again."
                                 : "After a power cut everything starts at once: the order must not matter.";
  finding.remedy = fmt::format("Wait for {} with growing pauses, and answer 503 until it is there", name);
  return finding;
}

facts::Finding stays_broken(const facts::Facts& facts, const Drill& drill, const std::string& name) {
  facts::Finding finding = begin(facts, drill, name, facts::Severity::blocking);
  finding.title = fmt::format(
      "When {} is not there at the start, the application answers but does not serve, also when it is there again.",
      name);
  finding.why =
      fmt::format("Nothing ends, so nothing starts it again: somebody has to notice. Seen: {}.", drill.value.note);
  finding.remedy =
      fmt::format("Connect to {} when it is asked for, again and again, or end with a status other than 0", name);
  return finding;
}

}  // namespace

std::vector<facts::Finding> start_order(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const Drill& drill : facts.drills) {
    if (drill.value.drill != "absent") continue;
    facts::Experiment about;
    about.key = drill.value.key;
    about.component = drill.value.component;
    about.edge = drill.value.edge;
    const std::string name = target_name(facts, about);
    if (drill.value.result == "gives up") findings.push_back(gives_up(facts, drill, name));
    if (drill.value.result == "stays broken") findings.push_back(stays_broken(facts, drill, name));
  }
  return findings;
}

}  // namespace pl::checks

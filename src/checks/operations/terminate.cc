#include "checks/operations/terminate.h"

#include <fmt/core.h>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

facts::Finding begin(const facts::Facts& facts, const facts::Seen<record::DrillEnded>& drill, const std::string& check,
                     const std::string& name, facts::Severity severity) {
  facts::Finding finding = begin_finding(check, facts::Checkpoint::operations, name + " terminated", severity);
  finding.cells = {drill.value.key};
  finding.evidence = {drill.id};
  finding.command = repeat_command(facts, drill.value.key);
  return finding;
}

std::string exit_text(const record::DrillEnded& drill) {
  if (drill.exit_after == 0) return "It had not ended when the watch ended";
  std::string text = fmt::format("It ended {} after the signal", time_text(drill.exit_after));
  if (drill.signal > 0) return text + fmt::format(", by signal {}", drill.signal);
  return drill.status >= 0 ? text + fmt::format(", with status {}", drill.status) : text;
}

}  // namespace

std::vector<facts::Finding> terminate(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const auto& drill : facts.drills) {
    const record::DrillEnded& seen = drill.value;
    if (seen.drill != "terminate" || seen.result == "not decided") continue;
    const bool known =
        seen.component >= 0 && seen.component < static_cast<std::int64_t>(facts.topology.components.size());
    const std::string name =
        known ? facts::plain_name(facts.topology.components[static_cast<std::size_t>(seen.component)])
              : "the application";
    const std::int64_t all = seen.drained + seen.cut + seen.refused;
    if (seen.result == "cut" || seen.cut > 0) {
      auto finding = begin(facts, drill, "operations.terminate", name, facts::Severity::blocking);
      finding.title = fmt::format("When {} is told to end (TERM), {} of {} in flight are cut.", name, seen.cut,
                                  count_text(all, "request"));
      finding.why = exit_text(seen) + ": each deployment and each maintenance of the machine does this to customers.";
      finding.remedy = "Handle SIGTERM: stop accepting, finish the requests in flight within a limit, then exit";
      finding.numbers.push_back({"cut", static_cast<double>(seen.cut), "", all});
      findings.push_back(std::move(finding));
    } else if (seen.refused > 0) {
      auto finding = begin(facts, drill, "operations.terminate", name, facts::Severity::warning);
      finding.title = fmt::format("When {} is told to end (TERM), {} of {} in flight are refused.", name, seen.refused,
                                  count_text(all, "request"));
      finding.why = exit_text(seen) + ".";
      finding.remedy = "Finish the requests that were accepted before the signal";
      findings.push_back(std::move(finding));
    } else if (seen.exit_after == 0) {
      auto finding = begin(facts, drill, "operations.does_not_end", name, facts::Severity::warning);
      finding.title = fmt::format("{} was told to end (TERM) and did not end while it was watched.", name);
      finding.why = "It will be killed in the end, with whatever it is doing then.";
      finding.remedy = "Close idle keep-alive connections and timers on SIGTERM, so that the process can end";
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace pl::checks

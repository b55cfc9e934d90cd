#include "checks/operations/visibility.h"

#include <fmt/core.h>

#include "checks/operations/sight.h"
#include "checks/say/say.h"

namespace pl::checks {
namespace {

constexpr std::int64_t kEnough = 10;  ///< Requests after which a request log would have lines.

facts::Finding begin(const facts::Facts& facts, const Sight& sight, const char* check, facts::Severity severity) {
  facts::Finding finding = begin_finding(check, facts::Checkpoint::operations, "what can be seen of it", severity);
  finding.command = repeat_command(facts, kProbeKey);
  add_evidence(finding, sight.evidence);
  return finding;
}

}  // namespace

std::vector<facts::Finding> visibility(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  const Sight sight = sight_of(facts);
  if (sight.watched && sight.lines == 0 && sight.answered >= kEnough) {
    facts::Finding finding = begin(facts, sight, "operations.logs", facts::Severity::warning);
    finding.title =
        fmt::format("While it answered {}, the application wrote not one line.", count_text(sight.answered, "request"));
    finding.why = "When customers complain, nobody can say who got which answer, when and how fast.";
    finding.remedy = "Write a line for each request: time, method, path, status, duration, and a number to ask by";
    findings.push_back(std::move(finding));
  }
  if (sight.asked_metrics && !sight.metrics && !sight.traced) {
    facts::Finding finding = begin(facts, sight, "operations.metrics", facts::Severity::note);
    finding.title = "No metrics were found (nothing in the Prometheus format at /metrics, no traces sent).";
    finding.why = "An alarm needs a number: requests, errors, durations, connections in use.";
    finding.remedy = "Count requests by status, their duration and what is in use, where only operators can read it";
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

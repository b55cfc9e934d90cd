#include "checks/security/access.h"

#include <fmt/core.h>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

facts::Finding begin(const facts::Facts& facts, const facts::Seen<record::AccessProbed>& probe, const char* check,
                     facts::Severity severity) {
  facts::Finding finding = begin_finding(check, facts::Checkpoint::security, probe.value.target, severity);
  finding.command = repeat_command(facts, kProbeKey);
  add_evidence(finding, {probe.id});
  return finding;
}

}  // namespace

std::vector<facts::Finding> access(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::Seen<record::AccessProbed>& probe : facts.accesses) {
    const record::AccessProbed& seen = probe.value;
    if (!seen.experiment.empty()) continue;  // chaos.fail_open
    const std::int64_t status = seen.statuses.empty() ? 0 : seen.statuses.front();
    if (seen.what == "no session" && status >= 200 && status < 300 && status == seen.usual) {
      facts::Finding finding = begin(facts, probe, "security.open", facts::Severity::note);
      finding.title = fmt::format("{} answers {} without the session that its journey has.", seen.target, status);
      finding.why = "It may be meant for everybody; if it is not, nothing keeps anybody out.";
      finding.remedy = "Ask for the session, or let the journey not log in for it";
      findings.push_back(std::move(finding));
    }
    if (seen.what == "another user" && seen.readable) {
      facts::Finding finding = begin(facts, probe, "security.foreign_data", facts::Severity::warning);
      finding.title = fmt::format("What one customer of {} wrote, another one can read ({}).",
                                  journeys_text(facts, {seen.journey}), seen.target);
      finding.why =
          "It is refused without a session, so it is not for everybody; but any customer who guesses the "
          "number gets it.";
      finding.remedy = "Let each query ask for the owner too, and answer 404 where it is somebody else's";
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace pl::checks

#include "checks/security/guessing.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

constexpr std::size_t kEnough = 20;  ///< Wrong passwords in a row after which a limit should have been met.

}  // namespace

std::vector<facts::Finding> guessing(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::Seen<record::AccessProbed>& probe : facts.accesses) {
    const std::vector<std::int64_t>& statuses = probe.value.statuses;
    if (probe.value.what != "wrong password" || statuses.size() < kEnough) continue;
    const std::int64_t first = statuses.front();
    const bool alike =
        std::all_of(statuses.begin(), statuses.end(), [&](std::int64_t status) { return status == first; });
    // A redirection says the same for right and wrong: nothing is known then. 429 is the limit itself.
    const bool refused = first >= 400 && first < 500 && first != 429 && first != 404 && first != 405;
    if (!alike || !refused) continue;
    facts::Finding finding =
        begin_finding("security.guessing", facts::Checkpoint::security, probe.value.target, facts::Severity::warning);
    finding.title = fmt::format("{} wrong passwords in a row were each answered with {} by {}: no limit was met.",
                                statuses.size(), first, probe.value.target);
    finding.why = "Passwords that leaked elsewhere are tried by the thousand.";
    finding.remedy = "Count wrong passwords per account, and answer 429 with Retry-After after some ten";
    finding.numbers.push_back({"tries", static_cast<double>(statuses.size()), "", 1});
    finding.command = repeat_command(facts, kProbeKey);
    add_evidence(finding, {probe.id});
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

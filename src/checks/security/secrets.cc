#include "checks/security/secrets.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

using facts::Seen;

/// Where the relay saw the same secret, or nothing.
const Seen<record::CredentialSeen>* seen_live(const facts::Facts& facts, const record::SecretFound& secret) {
  const auto at = std::find_if(facts.credentials.begin(), facts.credentials.end(),
                               [&](const auto& one) { return one.value.hash == secret.hash; });
  return at == facts.credentials.end() ? nullptr : &*at;
}

std::string secret_text(const record::SecretFound& secret) {
  const std::string tail = secret.tail.empty() ? "" : fmt::format(", ends with \"{}\"", secret.tail);
  return fmt::format("{} ({}{})", fmt::format("{}:{}", secret.file, secret.line), secret.rule, tail);
}

}  // namespace

std::vector<facts::Finding> secrets(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const Seen<record::SecretFound>& found : facts.secrets) {
    const record::SecretFound& secret = found.value;
    const Seen<record::CredentialSeen>* live = seen_live(facts, secret);
    const bool kept_out = secret.tracked == "not tracked";
    facts::Severity severity = kept_out ? facts::Severity::note : facts::Severity::warning;
    if (live != nullptr) severity = kept_out ? facts::Severity::warning : facts::Severity::blocking;
    facts::Finding finding =
        begin_finding(live != nullptr ? "security.secret_in_use" : "security.secret", facts::Checkpoint::security,
                      fmt::format("{}:{}", secret.file, secret.line), severity);
    finding.evidence_class = live != nullptr ? facts::Evidence::measured : facts::Evidence::from_files;
    finding.title = fmt::format("A secret is written in {}{}.", secret_text(secret),
                                live != nullptr ? " and in use: it was sent in this run" : "");
    finding.why = secret.tracked == "tracked" ? "Git keeps it for ever: whoever has a copy of the repository has it."
                  : kept_out ? "Git does not track the file, so it is on this machine and in copies of the folder only."
                             : "Whether a repository or an image carries it on cannot be told from here.";
    if (live == nullptr) finding.why += " It was not seen on a connection of this run.";
    finding.remedy =
        "Withdraw the secret where it was issued, and give a new one by the environment or a store for secrets";
    finding.command = repeat_command(facts, kProbeKey);
    add_evidence(finding, {found.id});
    if (live != nullptr) add_evidence(finding, {live->id});
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

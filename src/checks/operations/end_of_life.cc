#include "checks/operations/end_of_life.h"

#include <fmt/core.h>

#include <set>

#include "checks/operations/lives.h"
#include "checks/say/say.h"
#include "facts/program_name.h"

namespace pl::checks {
namespace {

/// A finding where the version's support had ended when the run was made.
void judge(const facts::Facts& facts, const std::string& who, const std::string& product, const std::string& version,
           const std::vector<std::int64_t>& evidence, std::vector<facts::Finding>& findings) {
  constexpr std::size_t kDate = 10;  ///< "2026-11-25" of the wall time.
  const std::string today = facts.run.wall_time.substr(0, kDate);
  const auto life = life_of(product, version);
  if (!life || today.size() < kDate || today <= life->until) return;
  facts::Finding finding = begin_finding("operations.end_of_life", facts::Checkpoint::operations,
                                         fmt::format("{} {}", product, life->line), facts::Severity::warning);
  finding.title = fmt::format("{} announces {} {}, whose support ended on {}.", who, product, version, life->until);
  finding.why =
      fmt::format("What is found in it from then on is not repaired ({}, on {}).", life_source(product), today);
  finding.remedy = fmt::format("Move to a {} that is kept up to date, and put the next date into a calendar", product);
  finding.command = repeat_command(facts, "");
  add_evidence(finding, evidence);
  if (!finding.evidence.empty()) findings.push_back(std::move(finding));
}

}  // namespace

std::vector<facts::Finding> end_of_life(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::Component& component : facts.topology.components) {
    // What proofload provides for the run says nothing about production.
    if (!component.provided.empty() || component.version.empty()) continue;
    std::vector<std::int64_t> evidence;
    for (const facts::Edge& edge : facts.topology.edges) {
      if (edge.to == component.id) evidence.insert(evidence.end(), edge.evidence.begin(), edge.evidence.end());
    }
    judge(facts, facts::plain_name(component), component.product, facts::short_version(component.version), evidence,
          findings);
  }
  std::set<std::string> said;
  for (const auto& sender : facts.senders) {
    const record::SenderSeen& seen = sender.value;
    if (seen.version.empty() || !said.insert(seen.product + " " + seen.version).second) continue;
    const std::int64_t id = facts.topology.component_of(seen.owner != 0 ? seen.owner : seen.pid);
    const std::string who =
        id < 0 ? "A program" : facts::plain_name(facts.topology.components[static_cast<std::size_t>(id)]);
    judge(facts, who, seen.product, seen.version, {sender.id}, findings);
  }
  return findings;
}

}  // namespace pl::checks

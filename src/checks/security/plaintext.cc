#include "checks/security/plaintext.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"
#include "facts/address.h"

namespace pl::checks {
namespace {

/// Something was said in clear: by its protocol, or because the relay could read a version that TLS would hide.
bool in_clear(const facts::Topology& topology, const facts::Edge& edge) {
  if (edge.protocol == "http" || edge.protocol == "redis") return true;
  if (edge.protocol != "postgres" && edge.protocol != "mysql") return false;
  // Both begin in clear and may change to TLS: then PostgreSQL's version stays hidden, MySQL's greeting does not.
  return edge.protocol == "postgres" && edge.to >= 0 &&
         !topology.components[static_cast<std::size_t>(edge.to)].version.empty();
}

}  // namespace

std::vector<facts::Finding> plaintext(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::Edge& edge : facts.topology.edges) {
    const bool outside = std::any_of(edge.addresses.begin(), edge.addresses.end(), [](const std::string& address) {
      return !address.empty() && address.front() != '/' && !facts::is_loopback(address);
    });
    if (!outside || edge.port == 0 || edge.exchanges == 0 || !in_clear(facts.topology, edge)) continue;
    facts::Finding finding =
        begin_finding("security.plaintext", facts::Checkpoint::security, edge.name, facts::Severity::warning);
    finding.title = fmt::format("The connection to {} leaves the machine in clear ({}, port {}).", edge.name,
                                edge.protocol, edge.port);
    finding.why = "Whoever is on the way reads and changes what is said: passwords, customers' data, answers.";
    finding.remedy = fmt::format("Connect to {} by TLS, and check its certificate", edge.name);
    finding.numbers.push_back({"exchanges", static_cast<double>(edge.exchanges), "", 1});
    finding.command = repeat_command(facts, "");
    add_evidence(finding, edge.evidence);
    if (!finding.evidence.empty()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

#include "checks/security/exposure.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"

namespace pl::checks {

std::vector<facts::Finding> exposure(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::Component& component : facts.topology.components) {
    if (!component.inside || !component.provided.empty() || component.id == facts.topology.entry) continue;
    std::vector<std::string> ports;
    for (const facts::Listener& listener : component.listeners) {
      const bool every = listener.address == "0.0.0.0" || listener.address == "::";
      const std::string port = fmt::format("port {}", listener.port);
      const bool said = std::find(ports.begin(), ports.end(), port) != ports.end();
      if (every && listener.port != 0 && !said) ports.push_back(port);
    }
    facts::Finding finding = begin_finding("security.exposure", facts::Checkpoint::security,
                                           facts::plain_name(component), facts::Severity::note);
    for (const auto& started : facts.started) {
      const auto& roots = component.roots;
      if (std::find(roots.begin(), roots.end(), started.value.pid) != roots.end()) add_evidence(finding, {started.id});
    }
    if (ports.empty() || finding.evidence.empty()) continue;
    finding.title = fmt::format("{} listens on every interface ({}), though customers do not connect to it.",
                                facts::plain_name(component), list_text(ports));
    finding.why = "Whoever reaches the machine reaches it.";
    finding.remedy = fmt::format("Bind {} to 127.0.0.1 or a private network", facts::plain_name(component));
    finding.command = repeat_command(facts, "");
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

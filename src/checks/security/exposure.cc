#include "checks/security/exposure.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"
#include "facts/address.h"
#include "facts/flows.h"

namespace pl::checks {
namespace {

/// Frames that say who listens: the start of the component's processes.
std::vector<std::int64_t> starts_of(const facts::Facts& facts, const facts::Component& component) {
  std::vector<std::int64_t> frames;
  for (const auto& started : facts.started) {
    const auto& roots = component.roots;
    if (std::find(roots.begin(), roots.end(), started.value.pid) != roots.end()) frames.push_back(started.id);
  }
  return frames;
}

/// Customers' own address, as declared or as found.
bool is_entrance(const facts::Facts& facts, const facts::Component& component, const facts::Listener& listener) {
  return component.id == facts.topology.entry && facts.ready && facts.ready->value.port == listener.port;
}

bool is_used(const facts::Facts& facts, const facts::Component& component, const facts::Listener& listener) {
  const auto edges = facts::edges_to(facts.topology, component.id);
  return std::any_of(edges.begin(), edges.end(), [&](std::int64_t id) {
    return facts.topology.edges[static_cast<std::size_t>(id)].port == listener.port;
  });
}

void add_port(std::vector<std::string>& ports, const facts::Listener& listener) {
  const std::string port = fmt::format("port {}", listener.port);
  if (std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(port);
}

/// The listeners of one component by what there is to say of them.
struct Ports {
  std::vector<std::string> entrance, wide, undeclared;
};

Ports ports_of(const facts::Facts& facts, const facts::Component& component) {
  Ports ports;
  for (const facts::Listener& listener : component.listeners) {
    if (listener.port == 0) continue;
    const bool wide = facts::is_wildcard(listener.address);
    if (is_entrance(facts, component, listener)) {
      if (wide) add_port(ports.entrance, listener);
    } else if (wide) {
      add_port(ports.wide, listener);
    } else if (facts.ready && !is_used(facts, component, listener)) {
      add_port(ports.undeclared, listener);
    }
  }
  return ports;
}

}  // namespace

std::vector<facts::Finding> exposure(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::Component& component : facts.topology.components) {
    if (!component.inside || !component.provided.empty()) continue;
    const Ports ports = ports_of(facts, component);
    const std::string name = facts::plain_name(component);
    const auto add = [&](const char* check, facts::Severity severity, std::string title, const char* why,
                         std::string remedy) {
      facts::Finding finding = begin_finding(check, facts::Checkpoint::security, name, severity);
      finding.title = std::move(title);
      finding.why = why;
      finding.remedy = std::move(remedy);
      finding.command = repeat_command(facts, "");
      add_evidence(finding, starts_of(facts, component));
      if (!finding.evidence.empty()) findings.push_back(std::move(finding));
    };
    if (!ports.wide.empty()) {
      add("security.exposure", facts::Severity::warning,
          fmt::format("{} listens on every interface ({}), though customers do not connect to it.", name,
                      list_text(ports.wide)),
          "Whoever reaches the machine reaches it.", fmt::format("Bind {} to 127.0.0.1 or a private network", name));
    }
    if (!ports.entrance.empty()) {
      add("security.entrance", facts::Severity::note,
          fmt::format("{} listens on every interface ({}).", name, list_text(ports.entrance)),
          "Behind a proxy that ends TLS, customers and anybody else can go round it.",
          "Bind it to the address that the proxy uses, or keep the port closed to the outside");
    }
    if (!ports.undeclared.empty()) {
      add("security.undeclared_listener", facts::Severity::note,
          fmt::format("{} listens on {}, which is not its customers' address and which nothing used in this run.", name,
                      list_text(ports.undeclared)),
          "What nobody knows of is not kept up to date: debuggers and administration pages are found this way.",
          "Close it, or write down what it is for");
    }
  }
  return findings;
}

}  // namespace pl::checks

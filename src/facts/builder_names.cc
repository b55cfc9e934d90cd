#include <map>

#include "facts/address.h"
#include "facts/builder.h"
#include "facts/program_name.h"

namespace pl::facts {
namespace {

/// With the part that makes it unique and the version that was announced.
std::string full_name(const Component& component, const std::string& base, const std::string& mark, bool with_version) {
  const std::string name = base + mark;
  return with_version && !component.version.empty() ? name + " " + component.version : name;
}

const Listener* first_port(const Component& component) {
  for (const Listener& listener : component.listeners) {
    if (listener.port != 0) return &listener;
  }
  return nullptr;
}

}  // namespace

/// Configuration, provided service, product on the wire, script or program, address; host names come with the edges.
std::string TopologyBuilder::base_name(const Component& component) const {
  for (const Listener& listener : component.listeners) {
    for (const std::string& place : {address_text(listener.address, listener.port), listener.address}) {
      if (const auto found = configured_.find(place); found != configured_.end()) return found->second;
    }
    if (is_wildcard(listener.address) || is_loopback(listener.address)) {
      const auto found = configured_.find("127.0.0.1:" + std::to_string(listener.port));
      if (found != configured_.end() && listener.port != 0) return found->second;
    }
  }
  if (!component.provided.empty()) return component.provided;
  if (!component.product.empty() && component.inside) return product_name(component.product, "");
  if (!component.program.empty()) return component.program;
  if (!component.argv.empty()) return program_name(component.argv, "");
  if (!component.product.empty()) return product_name(component.product, "");
  if (component.listeners.empty()) return "program";
  return address_text(component.listeners[0].address, component.listeners[0].port);
}

void TopologyBuilder::name_all(Topology& topology) const {
  std::vector<std::string> bases;
  for (const Component& component : topology.components) bases.push_back(base_name(component));
  for (const auto& [edge, name] : looked_up_) {
    if (edge >= static_cast<std::int64_t>(topology.edges.size())) continue;
    const std::int64_t to = topology.edges[static_cast<std::size_t>(edge)].to;
    if (to < 0) continue;
    const Component& component = topology.components[static_cast<std::size_t>(to)];
    const bool configured =
        configured_.contains(address_text(component.listeners.empty() ? "" : component.listeners[0].address,
                                          component.listeners.empty() ? 0 : component.listeners[0].port));
    if (component.provided.empty() && !configured) bases[static_cast<std::size_t>(to)] = name;
  }
  std::map<std::string, int> uses;
  for (const std::string& base : bases) ++uses[base];
  std::map<std::string, int> taken;
  for (Component& component : topology.components) {
    const std::string& base = bases[static_cast<std::size_t>(component.id)];
    const Listener* port = first_port(component);
    const std::string mark = uses[base] > 1 && port != nullptr ? ":" + std::to_string(port->port) : std::string();
    const bool tells = !component.provided.empty() || base == product_name(component.product, "");
    component.name = full_name(component, base, mark, tells);
    if (const int count = ++taken[base + mark]; count > 1) {
      component.name = full_name(component, base, mark + "#" + std::to_string(count), tells);
    }
  }
  for (Edge& edge : topology.edges) {
    const std::string address = edge.addresses.empty() ? std::string() : edge.addresses[0];
    const auto configured = configured_.find(address_text(address, edge.port));
    const auto looked_up = looked_up_.find(edge.id);
    if (configured != configured_.end()) {
      edge.name = configured->second;
    } else if (looked_up != looked_up_.end()) {
      edge.name = looked_up->second;
    } else {
      edge.name = edge.to >= 0 ? plain_name(topology.components[static_cast<std::size_t>(edge.to)])
                               : address_text(address, edge.port);
    }
  }
}

}  // namespace pl::facts

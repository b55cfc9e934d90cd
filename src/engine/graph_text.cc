#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/observe.h"
#include "facts/address.h"
#include "facts/facts.h"
#include "report/text.h"

namespace pl::engine {
namespace {

std::string component_name(const facts::Facts& facts, std::int64_t id) {
  if (id < 0) return "(start-up helpers)";
  return report::clean(facts.topology.components[static_cast<std::size_t>(id)].name, 120);
}

std::string listeners_text(const facts::Component& component) {
  std::string text;
  for (const facts::Listener& listener : component.listeners) {
    text += (text.empty() ? "" : ", ") + report::clean(facts::address_text(listener.address, listener.port));
  }
  return text.empty() ? "listens nowhere" : "listens on " + text;
}

std::string edge_text(const facts::Facts& facts, const facts::Edge& edge) {
  const std::string address = edge.addresses.empty() ? "" : facts::address_text(edge.addresses[0], edge.port);
  const std::string to = edge.to < 0 ? "(refused) " + report::clean(edge.name, 120) : component_name(facts, edge.to);
  std::string text = fmt::format("  {} -> {}   {}   {}", component_name(facts, edge.from), to,
                                 edge.protocol.empty() ? "no byte seen" : edge.protocol, address);
  text += fmt::format("   {} connections", edge.connects);
  if (edge.refused > 0) text += fmt::format(" ({} refused)", edge.refused);
  text += fmt::format(", {} up, {} down", report::bytes(edge.bytes_up), report::bytes(edge.bytes_down));
  if (!edge.latency.empty()) {
    text += fmt::format(", first answer byte p50 {} p99 {}", report::duration(edge.latency.percentile(50)),
                        report::duration(edge.latency.percentile(99)));
  }
  return text + "\n";
}

std::string rest_text(const facts::Facts& facts) {
  std::string text;
  std::set<std::string> said;
  for (const auto& seen : facts.refused) {
    const std::string line =
        fmt::format("  {} to {} ({})\n", report::clean(seen.value.program, 120),
                    facts::address_text(seen.value.address, seen.value.port), seen.value.transport);
    if (said.insert(line).second) text += line;
  }
  if (!text.empty()) text = "refused destinations\n" + text;
  std::string passed;
  for (const auto& seen : facts.not_intercepted) {
    const std::string line =
        fmt::format("  {}: {}\n", report::clean(seen.value.program, 120), report::clean(seen.value.what));
    if (said.insert(line).second) passed += line;
  }
  return text + (passed.empty() ? "not intercepted   nothing was seen\n" : "not intercepted\n" + passed);
}

}  // namespace

std::string graph_text(const facts::Facts& facts) {
  std::string text = "components\n";
  for (const facts::Component& component : facts.topology.components) {
    const std::string where = component.inside ? listeners_text(component) : "outside the sandbox";
    text += fmt::format("  {}   {}{}\n", component_name(facts, component.id), where,
                        component.entry ? "   customers connect here" : "");
  }
  if (facts.topology.components.empty()) text += "  none: nothing listened and nothing stayed connected\n";
  std::string edges, setup;
  for (const facts::Edge& edge : facts.topology.edges) (edge.setup ? setup : edges) += edge_text(facts, edge);
  text += "connections\n" + (edges.empty() ? std::string("  none\n") : edges);
  if (!setup.empty()) text += "set-up (start-up helpers)\n" + setup;
  return text + rest_text(facts);
}

std::string graph_json(const facts::Facts& facts) {
  Json components = Json::array(), edges = Json::array();
  for (const facts::Component& component : facts.topology.components) {
    Json listeners = Json::array();
    for (const facts::Listener& listener : component.listeners) {
      listeners.push(facts::address_text(listener.address, listener.port));
    }
    components.push(Json::object()
                        .set("name", component.name)
                        .set("program", component.program)
                        .set("product", component.product)
                        .set("version", component.version)
                        .set("inside", component.inside)
                        .set("listeners", std::move(listeners)));
  }
  for (const facts::Edge& edge : facts.topology.edges) {
    Json addresses = Json::array();
    for (const std::string& address : edge.addresses) addresses.push(facts::address_text(address, edge.port));
    edges.push(Json::object()
                   .set("from", component_name(facts, edge.from))
                   .set("to", edge.to < 0 ? std::string("refused") : component_name(facts, edge.to))
                   .set("name", edge.name)
                   .set("protocol", edge.protocol)
                   .set("addresses", std::move(addresses))
                   .set("setup", edge.setup)
                   .set("connections", edge.connects)
                   .set("refused", edge.refused)
                   .set("requests", edge.requests)
                   .set("bytes_up", edge.bytes_up)
                   .set("bytes_down", edge.bytes_down)
                   .set("latency_p50_ns", edge.latency.percentile(50))
                   .set("latency_p99_ns", edge.latency.percentile(99)));
  }
  Json refused = Json::array(), passed = Json::array();
  for (const auto& seen : facts.refused) {
    refused.push(Json::object()
                     .set("program", seen.value.program)
                     .set("address", facts::address_text(seen.value.address, seen.value.port))
                     .set("transport", seen.value.transport));
  }
  for (const auto& seen : facts.not_intercepted) {
    passed.push(Json::object().set("program", seen.value.program).set("what", seen.value.what));
  }
  Json out = Json::object().set("components", std::move(components)).set("edges", std::move(edges));
  out.set("refused", std::move(refused)).set("not_intercepted", std::move(passed));
  return out.dump(2) + "\n";
}

}  // namespace pl::engine

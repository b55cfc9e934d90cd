#include "base/text.h"
#include "facts/flows.h"
#include "plan/plan.h"

namespace pl::plan {
namespace {

const facts::Edge& edge_at(const facts::Topology& topology, std::int64_t id) {
  return topology.edges[static_cast<std::size_t>(id)];
}

std::string plain_edge_key(const facts::Topology& topology, const facts::Edge& edge) {
  if (edge.to < 0) return slug(edge.name);
  if (facts::edges_to(topology, edge.to).size() <= 1) return component_key(topology, edge.to);
  const std::string from = edge.from < 0 ? "setup" : component_key(topology, edge.from);
  return from + "-" + slug(edge.name);
}

}  // namespace

std::string component_key(const facts::Topology& topology, std::int64_t component) {
  if (component < 0 || component >= static_cast<std::int64_t>(topology.components.size())) return "unnamed";
  return slug(facts::plain_name(topology.components[static_cast<std::size_t>(component)]));
}

std::string edge_key(const facts::Topology& topology, std::int64_t edge) {
  if (edge < 0 || edge >= static_cast<std::int64_t>(topology.edges.size())) return "unnamed";
  const std::string key = plain_edge_key(topology, edge_at(topology, edge));
  int before = 0;
  for (std::int64_t other = 0; other < edge; ++other) {
    if (!edge_at(topology, other).setup && plain_edge_key(topology, edge_at(topology, other)) == key) ++before;
  }
  return before == 0 ? key : key + "-" + std::to_string(before + 1);
}

}  // namespace pl::plan

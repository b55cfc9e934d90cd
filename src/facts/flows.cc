#include "facts/flows.h"

namespace pl::facts {

EdgeFlows flows_of(const Topology& topology, std::int64_t edge) {
  EdgeFlows flows;
  if (edge < 0 || edge >= static_cast<std::int64_t>(topology.edges.size())) return flows;
  const Edge& row = topology.edges[static_cast<std::size_t>(edge)];
  if (row.from >= 0) flows.owners = topology.components[static_cast<std::size_t>(row.from)].roots;
  for (const std::string& address : row.addresses) flows.destinations.emplace_back(address, row.port);
  return flows;
}

std::vector<std::int64_t> edges_to(const Topology& topology, std::int64_t component) {
  std::vector<std::int64_t> ids;
  for (const Edge& edge : topology.edges) {
    if (edge.to == component && component >= 0 && !edge.setup) ids.push_back(edge.id);
  }
  return ids;
}

std::vector<std::int64_t> edges_from(const Topology& topology, std::int64_t component) {
  std::vector<std::int64_t> ids;
  for (const Edge& edge : topology.edges) {
    if (edge.from == component && component >= 0 && !edge.setup) ids.push_back(edge.id);
  }
  return ids;
}

}  // namespace pl::facts

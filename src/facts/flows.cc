#include "facts/flows.h"

#include <algorithm>
#include <iterator>

#include "facts/address.h"

namespace pl::facts {

EdgeFlows flows_of(const Topology& topology, std::int64_t edge) {
  EdgeFlows flows;
  if (edge < 0 || edge >= static_cast<std::int64_t>(topology.edges.size())) return flows;
  const Edge& row = topology.edges[static_cast<std::size_t>(edge)];
  if (row.from >= 0) flows.owners = topology.components[static_cast<std::size_t>(row.from)].roots;
  for (const std::string& address : row.addresses) flows.destinations.emplace_back(address, row.port);
  return flows;
}

std::int64_t edge_of(const Topology& topology, std::int64_t process, const std::string& address, std::int64_t port) {
  const std::int64_t from = topology.component_of(process);
  const std::string plain = plain_address(address);
  for (const Edge& edge : topology.edges) {
    const bool here = std::find(edge.addresses.begin(), edge.addresses.end(), plain) != edge.addresses.end();
    if (from >= 0 && edge.from == from && edge.port == port && here && !edge.setup) return edge.id;
  }
  return -1;
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

std::int64_t target_of(const Topology& topology, std::int64_t component, std::int64_t edge) {
  return edge < 0 ? component : topology.edges[static_cast<std::size_t>(edge)].to;
}

std::vector<std::int64_t> servers_behind(const Topology& topology) {
  constexpr std::string_view kStores[] = {"postgres", "mysql", "redis"};
  std::vector<std::int64_t> reached{topology.entry}, servers;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const std::int64_t id : edges_from(topology, reached[i])) {
      const Edge& edge = topology.edges[static_cast<std::size_t>(id)];
      const bool store = std::ranges::find(kStores, edge.protocol) != std::end(kStores);
      if (edge.to < 0 || store || std::ranges::find(reached, edge.to) != reached.end()) continue;
      reached.push_back(edge.to);
      const Component& to = topology.components[static_cast<std::size_t>(edge.to)];
      const bool asks = std::ranges::any_of(edges_from(topology, edge.to), [&](std::int64_t other) {
        const std::int64_t whom = topology.edges[static_cast<std::size_t>(other)].to;
        return whom >= 0 && whom != edge.to;
      });
      if (to.inside && to.provided.empty() && !to.roots.empty() && asks) servers.push_back(edge.to);
    }
  }
  return servers;
}

std::int64_t open_at(const Edge& edge, Ns at) {
  const auto after = edge.open_by_second.lower_bound(at / kSec);
  return after == edge.open_by_second.begin() ? 0 : std::prev(after)->second;
}

bool speaks(const Topology& topology, std::string_view protocol) {
  return std::ranges::any_of(
      topology.edges, [&](const Edge& edge) { return edge.protocol == protocol && !edge.setup && edge.from >= 0; });
}

}  // namespace pl::facts

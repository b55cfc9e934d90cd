#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "facts/topology.h"

namespace pl::facts {

/// How instruments know an edge's traffic: every pair of an owner and a destination is the edge's.
struct EdgeFlows {
  std::vector<std::int64_t> owners;  ///< Root processes of the edge's source, all ever had.
  std::vector<std::pair<std::string, std::int64_t>> destinations;  ///< Address (or path of a Unix socket) and port.
};
EdgeFlows flows_of(const Topology& topology, std::int64_t edge);

/// The edge of a flow that a process opened; -1: none, or only a helper's.
std::int64_t edge_of(const Topology& topology, std::int64_t process, const std::string& address, std::int64_t port);

/// Edges, set-up apart, that lead to a component, or from it.
std::vector<std::int64_t> edges_to(const Topology& topology, std::int64_t component);
std::vector<std::int64_t> edges_from(const Topology& topology, std::int64_t component);

/// The component that an experiment on a component, or else on one edge, takes away; -1: on several edges.
std::int64_t target_of(const Topology& topology, std::int64_t component, std::int64_t edge);

/// The application's own servers behind the component that customers connect to, such as php-fpm behind nginx: asked,
/// directly or not, by that component, and asking another one. A database or cache that the start script started asks
/// nobody, or its like in its own protocol, and is none. One that has ended in a drill is still one.
std::vector<std::int64_t> servers_behind(const Topology& topology);

/// Connections of an edge that were open at the end of the last second before a moment that the log tells of.
std::int64_t open_at(const Edge& edge, Ns at);

/// Some component of the sandbox speaks the protocol ("postgres") over an edge that is not set-up.
bool speaks(const Topology& topology, std::string_view protocol);

}  // namespace pl::facts

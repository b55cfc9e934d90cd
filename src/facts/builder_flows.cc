#include <algorithm>

#include "facts/address.h"
#include "facts/builder.h"
#include "facts/program_name.h"

namespace pl::facts {
namespace {

constexpr std::size_t kWaitingFlows = 20'000;  ///< Flows of unknown processes; more are counted as set-up at once.
constexpr std::size_t kEdgeEvidence = 16;      ///< Frames kept as evidence of one edge.

void add_once(std::vector<std::string>& list, const std::string& word) {
  if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
}

void add_evidence(Edge& edge, std::int64_t id) {
  if (edge.evidence.size() < kEdgeEvidence) edge.evidence.push_back(id);
}

bool says_more(const std::string& now, const std::string& before) {
  if (before.empty()) return true;
  return !now.empty() && (before == "opaque" || (before == "tls" && now != "opaque"));
}

}  // namespace

void add_traffic(Edge& to, const Edge& from) {
  for (const std::string& address : from.addresses) add_once(to.addresses, address);
  if (says_more(from.protocol, to.protocol)) to.protocol = from.protocol;
  if (to.server_name.empty()) to.server_name = from.server_name;
  to.connects += from.connects;
  to.refused += from.refused;
  to.open += from.open;
  to.bytes_up += from.bytes_up;
  to.bytes_down += from.bytes_down;
  to.requests += from.requests;
  to.exchanges += from.exchanges;
  to.latency.merge(from.latency);
  for (const auto& [second, count] : from.requests_by_second) to.requests_by_second[second] += count;
  for (const auto& [second, count] : from.exchanges_by_second) to.exchanges_by_second[second] += count;
  for (const auto& [second, bytes] : from.bytes_by_second) to.bytes_by_second[second] += bytes;
  for (const std::int64_t id : from.evidence) add_evidence(to, id);
}

TopologyBuilder::Waiting* TopologyBuilder::waiting_for(const Flow& flow) {
  const auto& [actor, address, port] = flow;
  const auto process = processes_.find(actor);
  const bool gone = process != processes_.end() && process->second.ended;
  const bool full = waiting_.size() >= kWaitingFlows && !waiting_.contains(flow);
  Waiting& waiting = gone || full ? setup_[{address, port}] : waiting_[flow];
  add_once(waiting.traffic.addresses, address);
  waiting.traffic.port = port;
  return &waiting;
}

Edge* TopologyBuilder::known_edge(Topology& topology, const Flow& flow) {
  const auto& [actor, address, port] = flow;
  const std::int64_t component = resolve(topology, actor);
  if (component < 0) return nullptr;
  const auto route = routes_.find(Flow{component, address, port});
  return route == routes_.end() || route->second < 0 ? nullptr
                                                     : &topology.edges[static_cast<std::size_t>(route->second)];
}

std::int64_t TopologyBuilder::outside(Topology& topology, const std::string& address, std::int64_t port) {
  const std::int64_t id = add_component(topology);
  Component& component = topology.components.back();
  component.inside = false;
  component.listeners.push_back({address, port});
  return id;
}

std::int64_t TopologyBuilder::edge_for(Topology& topology, std::int64_t from, std::int64_t to, const Waiting& flow,
                                       const std::string& address, std::int64_t port) {
  for (const Edge& edge : topology.edges) {
    if (edge.from != from || edge.to != to || edge.port != port) continue;
    const bool same_place = port != 0 && to >= 0;
    const bool here = std::find(edge.addresses.begin(), edge.addresses.end(), address) != edge.addresses.end();
    const auto name = looked_up_.find(edge.id);
    const std::string& known = name == looked_up_.end() ? std::string() : name->second;
    if ((same_place || here) && known == flow.looked_up) return edge.id;
  }
  Edge edge;
  edge.id = static_cast<std::int64_t>(topology.edges.size());
  edge.from = from;
  edge.to = to;
  edge.port = port;
  if (!flow.looked_up.empty()) looked_up_[edge.id] = flow.looked_up;
  topology.edges.push_back(std::move(edge));
  return topology.edges.back().id;
}

/// Makes a waiting flow part of an edge where both its ends are known; says whether it does not wait any longer.
bool TopologyBuilder::attach(Topology& topology, const Flow& flow, Waiting& waiting) {
  const auto& [actor, address, port] = flow;
  const std::int64_t from = resolve(topology, actor);
  if (from < 0) return false;
  std::int64_t to = waiting.forbidden ? -1 : listening_at(topology, address, port);
  if (to < 0 && !waiting.forbidden) {
    if (!waiting.answered) return false;
    to = outside(topology, address, port);
  }
  const Flow route{from, address, port};
  if (to == from) {
    routes_[route] = -1;
    return true;
  }
  const std::int64_t id = edge_for(topology, from, to, waiting, address, port);
  routes_[route] = id;
  Edge& edge = topology.edges[static_cast<std::size_t>(id)];
  add_traffic(edge, waiting.traffic);
  edge_pids_[id].insert(waiting.pids.begin(), waiting.pids.end());
  return true;
}

void TopologyBuilder::attach_all(Topology& topology) {
  for (auto flow = waiting_.begin(); flow != waiting_.end();) {
    flow = attach(topology, flow->first, flow->second) ? waiting_.erase(flow) : std::next(flow);
  }
}

/// As attach_all(), for a flow of which something new was learned.
void TopologyBuilder::attach_one(Topology& topology, const Flow& flow) {
  const auto found = waiting_.find(flow);
  if (found == waiting_.end() || !attach(topology, flow, found->second)) return;
  waiting_.erase(found);
  name_all(topology);
}

void TopologyBuilder::connect_seen(Topology& topology, const record::ConnectSeen& seen, std::int64_t id, Ns at) {
  const std::string address = plain_address(seen.address);
  if (seen.port == 0 && is_system_socket(address)) return;
  std::int64_t child = seen.pid;
  for (const std::int64_t ancestor : seen.ancestors) {
    Process& process = processes_[child];
    if (process.parent == 0) process.parent = ancestor;
    child = ancestor;
  }
  // The process itself is the actor: what it belongs to is known by its ancestors, now or later.
  const Flow flow{seen.pid, address, seen.port};
  if (resolve(topology, seen.pid) < 0 && seen.owner > 0 && topology.component_of(seen.owner) >= 0) {
    topology.component_by_pid[seen.pid] = topology.component_of(seen.owner);
  }
  const std::int64_t from = resolve(topology, seen.pid);
  const std::string looked_up = is_local_name(seen.name) || seen.name == address ? std::string() : seen.name;
  if (Edge* edge = known_edge(topology, flow); edge != nullptr && edge->from == from) {
    const auto name = looked_up_.find(edge->id);
    if (looked_up == (name == looked_up_.end() ? std::string() : name->second)) {
      edge_pids_[edge->id].insert(seen.pid);
      if (seen.result == "unix") ++edge->connects;
      return;
    }
  }
  Waiting& waiting = *waiting_for(flow);
  if (waiting.traffic.evidence.empty()) waiting.first = at;
  if (waiting.looked_up.empty()) waiting.looked_up = looked_up;
  waiting.answered |= seen.result == "ok" || (seen.result == "pending" && !is_loopback(address));
  waiting.answered |= seen.result == "unix";
  waiting.forbidden |= seen.result == "forbidden";
  waiting.pids.insert(seen.pid);
  if (seen.result == "unix") {
    waiting.traffic.protocol = "unix";
    ++waiting.traffic.connects;
  }
  add_evidence(waiting.traffic, id);
  attach_one(topology, flow);
}

void TopologyBuilder::protocol_seen(Topology& topology, const record::ProtocolSeen& seen, std::int64_t id) {
  const std::string address = plain_address(seen.address);
  const std::int64_t actor = seen.owner > 0 && topology.component_of(seen.owner) >= 0 ? seen.owner : seen.pid;
  const Flow flow{actor, address, seen.port};
  Edge* edge = known_edge(topology, flow);
  Edge& traffic = edge != nullptr ? *edge : waiting_for(flow)->traffic;
  if (says_more(seen.protocol, traffic.protocol)) traffic.protocol = seen.protocol;
  if (traffic.server_name.empty()) traffic.server_name = seen.server_name;
  add_evidence(traffic, id);
  const std::int64_t to = edge != nullptr ? edge->to : listening_at(topology, address, seen.port);
  if (to < 0) return;
  Component& component = topology.components[static_cast<std::size_t>(to)];
  const std::string product = product_name(seen.product, seen.protocol);
  if (component.product.empty() || (component.provided.empty() && !seen.product.empty())) {
    if (!product.empty() && (seen.protocol != "http" || !component.inside)) component.product = product;
  }
  const bool tells = !seen.version.empty() && (seen.protocol != "http" || component.product == product);
  if (tells && component.version.empty()) component.version = short_version(seen.version);
  name_all(topology);
}

void TopologyBuilder::flow_second(Topology& topology, const record::FlowSecond& seen) {
  const std::string address = plain_address(seen.address);
  const Flow flow{seen.owner > 0 ? seen.owner : seen.pid, address, seen.port};
  Edge* edge = known_edge(topology, flow);
  if (edge == nullptr) {
    const std::int64_t from = resolve(topology, std::get<0>(flow));
    const auto route = routes_.find(Flow{from, address, seen.port});
    if (from >= 0 && route != routes_.end()) return;  // Its own listener.
  }
  Waiting* waiting = edge == nullptr ? waiting_for(flow) : nullptr;
  Edge& traffic = edge != nullptr ? *edge : waiting->traffic;
  traffic.connects += seen.connects;
  traffic.refused += seen.refused;
  std::int64_t& open = open_[flow];
  traffic.open += seen.open - open;
  open = seen.open;
  traffic.open_by_second[seen.second] = traffic.open;
  traffic.bytes_up += seen.bytes_up;
  traffic.bytes_down += seen.bytes_down;
  traffic.requests += seen.requests;
  traffic.exchanges += seen.exchanges;
  if (auto latency = Histogram::decode(seen.latency)) traffic.latency.merge(*latency);
  if (seen.exchanges > 0) traffic.exchanges_by_second[seen.second] += seen.exchanges;
  const std::int64_t bytes = std::max(seen.bytes_up, seen.bytes_down);
  if (bytes > 0) traffic.bytes_by_second[seen.second] += bytes;
  if (seen.requests + seen.connects > 0) traffic.requests_by_second[seen.second] += seen.requests + seen.connects;
  if (waiting == nullptr) return;
  if (waiting->first == 0) waiting->first = seen.second * kSec;
  waiting->last = std::max(waiting->last, seen.second * kSec);
  const bool was = waiting->answered;
  waiting->answered |= seen.bytes_down > 0 || seen.exchanges > 0;
  if (waiting->answered && !was) attach_one(topology, flow);
}

void TopologyBuilder::complete(Topology& topology) const {
  TopologyBuilder last = *this;
  last.attach_all(topology);
  for (auto& [flow, waiting] : last.waiting_) {
    const auto& [actor, address, port] = flow;
    if (last.resolve(topology, actor) >= 0) {
      waiting.answered = true;
      last.attach(topology, flow, waiting);
      continue;
    }
    Waiting& kept = last.setup_[{address, port}];
    add_traffic(kept.traffic, waiting.traffic);
    kept.answered |= waiting.answered;
    if (kept.looked_up.empty()) kept.looked_up = waiting.looked_up;
  }
  for (auto& [place, waiting] : last.setup_) {
    const auto& [address, port] = place;
    const std::int64_t to = last.listening_at(topology, address, port);
    // A helper's look at something that was not there.
    if (!waiting.answered && (to < 0 || waiting.traffic.connects == 0)) continue;
    const std::int64_t id =
        last.edge_for(topology, -1, to >= 0 ? to : last.outside(topology, address, port), waiting, address, port);
    Edge& edge = topology.edges[static_cast<std::size_t>(id)];
    edge.setup = true;
    add_traffic(edge, waiting.traffic);
  }
  last.name_all(topology);
}

}  // namespace pl::facts

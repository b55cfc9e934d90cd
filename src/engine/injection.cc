#include "engine/injection.h"

#include <algorithm>

#include "facts/flows.h"
#include "os/net.h"

namespace pl::engine {
namespace {

constexpr std::string_view kRefuse = "refuse";
constexpr std::string_view kFreeze = "freeze";

/// No other component sends anything there, so that whoever connects is meant: also processes of the component that
/// come up later.
bool only_source(const facts::Topology& topology, const facts::Edge& edge) {
  return std::ranges::none_of(topology.edges, [&](const facts::Edge& other) {
    return other.id != edge.id && !other.setup && other.to == edge.to && other.port == edge.port &&
           other.from != edge.from;
  });
}

proxy::FlowMatch match_of(const facts::Topology& topology, const std::vector<std::int64_t>& edges) {
  proxy::FlowMatch match;
  for (const std::int64_t id : edges) {
    const facts::EdgeFlows flows = facts::flows_of(topology, id);
    std::vector<std::int64_t> owners = flows.owners;
    if (only_source(topology, topology.edges[static_cast<std::size_t>(id)])) owners = {0};
    for (const auto& [address, port] : flows.destinations) {
      const auto endpoint = os::parse_endpoint(address, static_cast<std::uint16_t>(port));
      if (!endpoint || port == 0) continue;
      for (const std::int64_t owner : owners) match.edges.emplace_back(static_cast<pid_t>(owner), *endpoint);
    }
  }
  return match;
}

}  // namespace

Injection::Injection(Run& run, const plan::PlannedExperiment& experiment) : run_(run), experiment_(experiment) {
  const facts::Topology& topology = run.look().topology;
  edges_ = experiment.edges;
  if (experiment.edge >= 0) edges_ = {experiment.edge};
  if (experiment.component >= 0) edges_ = facts::edges_to(topology, experiment.component);
  match_ = match_of(topology, edges_);
  before_ = traffic();
}

Injection::~Injection() { off(); }

Injection::Traffic Injection::traffic() {
  Traffic sum;
  for (const proxy::FlowTotals& flow : run_.relay->totals()) {
    if (match_.edges.empty() || !match_.matches(flow.owner, flow.process, flow.destination)) continue;
    sum.requests += flow.requests;
    sum.connects += flow.connects;
  }
  const facts::Topology& topology = run_.look().topology;
  for (const std::int64_t edge : edges_) sum.refused += topology.edges[static_cast<std::size_t>(edge)].refused;
  return sum;
}

Result<void> Injection::on() { return experiment_.fault == kFreeze ? freeze() : fault_edges(); }

Result<void> Injection::freeze() {
  const facts::Topology& topology = run_.look().topology;
  const auto root = static_cast<pid_t>(topology.components[static_cast<std::size_t>(experiment_.component)].root);
  if (root == 0) return fail(Errc::not_found, "the component has ended, there is nothing to freeze");
  PL_TRY(run_.sandbox->freeze(root));
  frozen_ = root;
  return {};
}

/// *Refuse* has two halves: the kernel refuses new connects as if nothing listened, and the relay resets those that
/// are open. All other faults are the relay's alone.
Result<void> Injection::fault_edges() {
  if (match_.edges.empty()) return fail(Errc::unsupported, "no connection of this edge passes the relay");
  if (experiment_.fault == kRefuse) {
    for (const auto& [owner, destination] : match_.edges) {
      PL_TRY(run_.sandbox->refuse(destination, owner));
      refused_.push_back(destination);
      refused_owners_.push_back(owner);
    }
  }
  const std::string& row = experiment_.row.empty() ? experiment_.fault : experiment_.row;
  faults_.push_back(PL_TRY(run_.relay->inject(match_, row, experiment_.parameters)));
  return {};
}

void Injection::off() {
  if (frozen_ != 0) (void)run_.sandbox->thaw(frozen_);
  frozen_ = 0;
  for (const proxy::FaultId id : faults_) effects_.push_back(run_.relay->remove(id));
  faults_.clear();
  for (std::size_t i = 0; i < refused_.size(); ++i) (void)run_.sandbox->accept_again(refused_[i], refused_owners_[i]);
  refused_.clear();
  refused_owners_.clear();
}

Achieved Injection::achieved() {
  Achieved achieved;
  const Traffic now = traffic();
  if (effects_.empty()) {
    achieved.requests_met = now.requests - before_.requests;
    achieved.connections_met = now.connects - before_.connects + now.refused - before_.refused;
    achieved.effect.set("requests", achieved.requests_met).set("connections", achieved.connections_met);
    return achieved;
  }
  achieved.effect = effects_.back().to_json();
  for (const proxy::FaultEffect& effect : effects_) {
    // A fault on messages met those that it acted on, not whatever passed it.
    achieved.requests_met += experiment_.row.empty() ? effect.requests : effect.acted;
    achieved.connections_met += experiment_.row.empty() ? effect.connections : 0;
  }
  achieved.connections_met += now.refused - before_.refused;
  if (experiment_.fault == kRefuse) achieved.effect.set("connects_refused", now.refused - before_.refused);
  return achieved;
}

}  // namespace pl::engine

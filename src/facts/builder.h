#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "facts/topology.h"
#include "record/kinds.h"

namespace pl::facts {

/// Builds the topology from observations, one after the other. Traffic belongs to actors (a component's root, or a
/// process that belongs to none yet); a flow of an actor becomes part of an edge as soon as both its ends are known, so
/// that what a program opened before it listened is its component's afterwards. Ids never change their meaning. The
/// topology is the caller's and passed to each function.
class TopologyBuilder {
 public:
  void configure(const Json& config);
  void process_started(Topology& topology, const record::ProcessStarted& seen);
  void process_ended(Topology& topology, const record::ProcessEnded& seen);
  void listener_seen(Topology& topology, const record::ListenerSeen& seen);
  void service_provided(Topology& topology, const record::ServiceProvided& seen);
  void connect_seen(Topology& topology, const record::ConnectSeen& seen, std::int64_t id, Ns at);
  void protocol_seen(Topology& topology, const record::ProtocolSeen& seen, std::int64_t id);
  void flow_second(Topology& topology, const record::FlowSecond& seen);
  void subject_ready(Topology& topology, const record::SubjectReady& seen);
  /// Makes components of processes that have edges of their own and live long: queue workers. Call it now and then;
  /// it looks once a second.
  void promote_workers(Topology& topology, Ns now);
  /// Adds what is shown only in the end, behind all ids in use: destinations that never answered, and set-up.
  void complete(Topology& topology) const;

 private:
  using Flow = std::tuple<std::int64_t, std::string, std::int64_t>;  ///< Actor or component, address, port.

  struct Process {
    std::int64_t parent = 0;
    bool executed = false, ended = false;
    std::string exe, provided;
    std::vector<std::string> argv;
  };
  /// Traffic whose ends are not both known, in the shape of the edge that it will be part of.
  struct Waiting {
    Edge traffic;
    std::string looked_up;
    Ns first = 0, last = 0;  ///< Times of its traffic.
    bool answered = false;   ///< Something is there.
    bool forbidden = false;  ///< The sandbox refused it.
    std::set<std::int64_t> pids;
  };

  std::int64_t resolve(Topology& topology, std::int64_t pid) const;
  std::int64_t executed_root(std::int64_t pid) const;
  std::string provided_by(std::int64_t pid) const;
  bool descends(std::int64_t pid, std::int64_t ancestor) const;
  std::int64_t component_for_listener(Topology& topology, std::int64_t root, const Listener& listener);
  std::int64_t add_component(Topology& topology);
  void add_root(Topology& topology, std::int64_t component, std::int64_t root);
  void take_over(Topology& topology, std::int64_t component, std::int64_t root);
  std::int64_t listening_at(const Topology& topology, const std::string& address, std::int64_t port) const;
  std::int64_t outside(Topology& topology, const std::string& address, std::int64_t port);
  std::int64_t edge_for(Topology& topology, std::int64_t from, std::int64_t to, const Waiting& flow,
                        const std::string& address, std::int64_t port);
  bool attach(Topology& topology, const Flow& flow, Waiting& waiting);
  void attach_all(Topology& topology);
  void attach_one(Topology& topology, const Flow& flow);
  void settle(Topology& topology);
  void find_entry(Topology& topology) const;
  Edge* known_edge(Topology& topology, const Flow& flow);
  Waiting* waiting_for(const Flow& flow);
  void name_all(Topology& topology) const;
  std::string base_name(const Component& component) const;

  std::map<std::int64_t, Process> processes_;
  std::map<Flow, Waiting> waiting_;      ///< By actor.
  std::map<Flow, std::int64_t> routes_;  ///< By component: edge, or -1 for a component's own listeners.
  std::map<Flow, std::int64_t> open_;    ///< By actor: connections open at the last word.
  std::map<std::int64_t, std::set<std::int64_t>> edge_pids_;       ///< Who was seen to connect.
  std::map<std::int64_t, std::string> looked_up_;                  ///< By edge: host name.
  std::map<std::pair<std::string, std::int64_t>, Waiting> setup_;  ///< Of helpers that ended.
  std::map<std::string, std::string> configured_;
  record::SubjectReady ready_;
  bool is_ready_ = false;
  Ns promoted_ = 0;  ///< When workers were last looked for.
};

/// Adds one edge's traffic to another's.
void add_traffic(Edge& to, const Edge& from);

}  // namespace pl::facts

#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/histogram.h"
#include "facts/words.h"
#include "record/kinds.h"

namespace pl::facts {

/// A listening socket as observed.
struct Listener {
  std::string address;    ///< "127.0.0.1", "::", or the path of a Unix socket.
  std::int64_t port = 0;  ///< 0 for a Unix socket.
};

/// A part of the subject: the process whose program opened a listener, or that has edges of its own, with its
/// descendants that are no components themselves; or something outside the sandbox that it connects to. The index in
/// Topology::components is its id; a component that is restarted keeps it.
struct Component {
  std::int64_t id = 0;
  std::string name;                 ///< "web", "postgres 15.18", "127.0.0.1:8080": unique in the topology.
  std::int64_t root = 0;            ///< Root process now, 0 when it is outside the sandbox or has ended.
  std::vector<std::int64_t> roots;  ///< All root processes it ever had, oldest first.
  std::string program;              ///< Script, jar or program.
  std::vector<std::string> argv;
  std::string provided;          ///< Throw-away service by name; empty: the application's own.
  std::string product, version;  ///< As announced on the wire.
  std::vector<Listener> listeners;
  bool inside = true;  ///< In the sandbox, so component faults are possible.
  bool entry = false;  ///< Customers connect to it.
};

/// A dependency: (component, name looked up, port). The index in Topology::edges is its id.
struct Edge {
  std::int64_t id = 0;
  std::int64_t from = -1;              ///< Component; -1 for set-up helpers (start script, psql, curl).
  std::int64_t to = -1;                ///< Component; -1 only for forbidden destinations.
  std::string name;                    ///< What it is called: configuration, host name, product, program.
  std::vector<std::string> addresses;  ///< "127.0.0.1", "::1", or the path of a Unix socket.
  std::int64_t port = 0;
  std::string protocol;  ///< As wire::Sniffed says, or "unix"; "" before any byte.
  std::string server_name;
  bool setup = false;  ///< Only start-up helpers use it: shown apart, never faulted.
  Provenance provenance = Provenance::observed;
  std::int64_t connects = 0, refused = 0, open = 0, bytes_up = 0, bytes_down = 0, requests = 0, exchanges = 0;
  Histogram latency;                                        ///< Request to first byte of the answer, ns, whole run.
  std::map<std::int64_t, std::int64_t> requests_by_second;  ///< Requests plus connects in each second of the run.
  /// Answered requests in each second: what uses the edge. A pool that opens or closes connections does not.
  std::map<std::int64_t, std::int64_t> exchanges_by_second;
  std::map<std::int64_t, std::int64_t> bytes_by_second;  ///< Of the way that carried more.
  std::map<std::int64_t, std::int64_t> open_by_second;   ///< Open connections at the end of each second that was told.
  std::map<std::int64_t, Criticality> criticality;       ///< By journey, as measured.
  std::vector<std::int64_t> evidence;                    ///< Observation ids: first connect, protocol.
};

/// What the application is made of, as observed. Built only by folding observations; indices are ids and never change
/// their meaning within a run.
struct Topology {
  std::vector<Component> components;
  std::vector<Edge> edges;
  std::int64_t entry = -1;  ///< Component that customers connect to.

  /// The component that a process belongs to, or -1.
  std::int64_t component_of(std::int64_t pid) const;
  std::map<std::int64_t, std::int64_t> component_by_pid;
};

/// A component's name without the version: "postgres".
std::string plain_name(const Component& component);

}  // namespace pl::facts

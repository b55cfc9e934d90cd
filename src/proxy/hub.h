#pragma once
#include <memory>
#include <unordered_map>
#include <vector>

#include "os/stream.h"
#include "proxy/connection_list.h"
#include "proxy/relay.h"

namespace pl::proxy {

/// Requested and achieved effect of a fault.
FaultEffect describe(const FaultRow& row, const Json& parameters, const Measure& measure);

struct EndpointHash {
  std::size_t operator()(const Endpoint& endpoint) const;
};

/// What the relay's thread does: takes connections from the listeners and upstreams from the supervisor, brings the
/// halves together, keeps the connections, flows and faults, and tells of each second. One thread only.
class Hub {
 public:
  Hub(os::Reactor& reactor, record::Sink sink, std::uint64_t seed, std::string hash_key);
  ~Hub();
  /// Begins to serve; the descriptors become the hub's.
  void serve(os::Fd listener4, os::Fd listener6, os::Fd handoffs);

  Result<FaultId> inject(const FlowMatch& match, const FaultRow& row, const Values& values);
  FaultEffect remove(FaultId id);
  FaultEffect effect(FaultId id) const;
  std::int64_t reset_open(const FlowMatch& match);
  void reown(pid_t process, pid_t owner);
  std::vector<FlowTotals> totals() const;
  void trace_statements(std::int64_t journey, std::int64_t round);
  void watch_for(std::string mark) { shared_.statements.watch_for(std::move(mark)); }
  /// Closes everything and tells of the last second.
  void finish();

 private:
  struct Active {
    FaultId id;
    FlowMatch match;
    const FaultRow* row;
    Json parameters;
    std::shared_ptr<Measure> measure;
    std::unique_ptr<Fault> fault;
  };
  /// One half of a connection that waits for the other, and since when.
  struct Half {
    os::Fd fd;
    Handoff handoff;
    Ns since = 0;
  };
  using Halves = std::unordered_map<Endpoint, Half, EndpointHash>;

  void accept_from(int listener);
  void pause(int listener, const Error& why);
  void receive();
  void join(const Handoff& handoff, os::Fd program, os::Fd upstream);
  void park(Halves& halves, const Endpoint& source, Half half);
  void expire(Halves& halves);
  void apply_faults(Connection& connection);
  std::vector<Connection*> matching(const FlowMatch& match) const;
  Ns usual(const FlowMatch& match) const;
  void roll();
  void roll_flows();
  void note_failure(Errc code, const std::string& detail);

  os::Reactor& reactor_;
  record::Sink sink_;
  std::uint64_t seed_;
  std::vector<char> scratch_;
  Shared shared_;
  os::Fd listeners_[2], handoffs_;
  Halves programs_, upstreams_;
  Flows flows_;
  std::vector<Active> faults_;
  ConnectionList connections_;  ///< Destroyed before the faults whose taps they hold.
  FaultId next_fault_ = 1;
  std::int64_t second_ = 0;
  bool expiring_ = false;
  bool noted_limit_ = false;
  bool noted_statements_ = false;
};

}  // namespace pl::proxy

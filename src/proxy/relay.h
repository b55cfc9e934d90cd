#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/handoff.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "os/clock.h"
#include "record/sink.h"

namespace pl::proxy {

/// Number of an injected fault, never used again within a relay.
using FaultId = std::int64_t;

/// Which connections are meant: those of any of the edges and of any of the processes. No edges: all; no processes:
/// all.
struct FlowMatch {
  std::vector<std::pair<pid_t, Endpoint>> edges;  ///< Owner (0: any) and destination.
  std::vector<pid_t> processes;                   ///< Empty: any.

  bool matches(pid_t owner, pid_t process, const Endpoint& destination) const;
};

/// What a fault was asked to do and what it really did, from its injection until now or its removal.
struct FaultEffect {
  std::string fault;             ///< Row of the fault table.
  Json parameters;               ///< All of them, defaults included.
  std::int64_t connections = 0;  ///< Connections that it was applied to, open ones and new ones.
  std::int64_t reset = 0;        ///< Connections that it reset.
  std::int64_t closed = 0;       ///< Connections that it ended with FIN.
  std::int64_t requests = 0;     ///< Runs of bytes from the program that met it.
  std::int64_t acted = 0;        ///< Messages, handshakes, bytes turned or chunks lost (Measure::acted).
  std::int64_t opaque = 0;       ///< Connections of which it understood nothing, where it is one on messages.
  std::int64_t bytes_up = 0;     ///< Passed on to the destination while in force.
  std::int64_t bytes_down = 0;   ///< Passed on to the program while in force.
  std::int64_t bytes_lost = 0;   ///< Went nowhere, of a fault on bytes.
  std::int64_t bytes_held = 0;   ///< Most bytes that waited at one time.
  std::int64_t delayed = 0;      ///< Answers, or pieces, that were held for a time.
  Ns asked_p50 = 0;              ///< Delay that was wanted for them.
  Ns added_p50 = 0;              ///< Delay that they really had.
  Ns added_p99 = 0;
  Ns late_p50 = 0;  ///< By how much the real delay was longer than the wanted one.
  Ns late_p99 = 0;

  /// For TrialEnded.achieved: units stand in the names (`added_p50_ns`, `bytes_up`).
  Json to_json() const;
};

/// What one flow carried since the relay began.
struct FlowTotals {
  pid_t owner = 0;    ///< Root process of the component; 0: none, then `process` says who.
  pid_t process = 0;  ///< 0 where there is an owner.
  Endpoint destination;
  std::string protocol;  ///< As in record::ProtocolSeen; empty while nothing is known.
  std::string product;
  std::int64_t connects = 0;
  std::int64_t open = 0;
  std::int64_t resets = 0;
  std::int64_t bytes_up = 0;
  std::int64_t bytes_down = 0;
  std::int64_t requests = 0;
  std::int64_t exchanges = 0;
  Ns oldest_unanswered = 0;  ///< Age of the oldest request without an answer; 0: none.
};

/// The relay: every intercepted connection passes through it, and faults act in it. It has a thread of its own, with
/// one IPv4 and one IPv6 listener on loopback; a connection is known by its source address, which the supervisor sends
/// with the upstream socket (base/handoff.h) in either order. All functions may be called from any thread, and wait for
/// the relay's thread where they answer. Observations (FlowSecond, ProtocolSeen, CredentialSeen, SenderSeen, and those
/// of kinds_statements.h) are put into the sink from that thread.
class Relay {
 public:
  /// Starts listeners and thread. The clock must outlive the relay. Same seed and traffic: same faults. Credentials
  /// seen in clear are told hashed with `hash_key`; where that is empty they are not looked for.
  static Result<std::unique_ptr<Relay>> start(const os::RealClock& clock, record::Sink sink, std::uint64_t seed,
                                              std::string hash_key = {});
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  Endpoint listen4() const;
  /// Family 0 where the machine has no IPv6.
  Endpoint listen6() const;
  /// The supervisor's end of the pair, inheritable. Stays the relay's until release_handoff_fd().
  int handoff_fd() const;
  /// Closes this process's copy of the supervisor's end, once the supervisor has it.
  void release_handoff_fd();

  /// Puts a row of the fault table into force on open and new connections of the match, after those in force already.
  /// An unknown fault, an unknown parameter or a value out of its range: Errc::config.
  Result<FaultId> inject(const FlowMatch& match, std::string_view fault, const Json& parameters);
  /// Ends a fault; what it held is forwarded in order. An unknown id: an empty effect.
  FaultEffect remove(FaultId id);
  FaultEffect effect(FaultId id) const;

  /// Sends RST to both sides of the open connections; returns how many there were.
  std::int64_t reset_open(const FlowMatch& match);
  /// A process became (part of) a component after it had connected: its connections and flows move there.
  void reown(pid_t process, pid_t owner);
  std::vector<FlowTotals> totals() const;
  /// Tells the statements that succeeded since the last call as those of one journey made alone (StatementsTraced); -1:
  /// they are nobody's.
  void trace_statements(std::int64_t journey, std::int64_t round);
  /// From now on looks for canaries (CanarySeen) with this mark in statements and their values; empty: no longer.
  void watch_for(const std::string& mark);
  /// Processor time of the relay's thread so far.
  Ns processor_time() const;
  /// Closes everything and ends the thread; what the last second carried is put into the sink. Twice is harmless.
  void stop();

 private:
  struct Inside;
  explicit Relay(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace pl::proxy

#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "proxy/relay.h"
#include "proxy/statements.h"
#include "record/kinds.h"
#include "record/sink.h"
#include "wire/sender.h"
#include "wire/sniff.h"

namespace pl::proxy {

/// Whom a flow belongs to and where it goes: the owner, or the process where there is none, and the destination.
struct FlowKey {
  pid_t owner = 0;
  pid_t process = 0;  ///< 0 where there is an owner.
  Endpoint destination;
};
bool operator<(const FlowKey& a, const FlowKey& b);

/// Counts of one flow. The connections keep them up to date; the relay's thread alone uses them.
class Flow {
 public:
  explicit Flow(FlowKey key) : key_(key) {}
  const FlowKey& key() const { return key_; }

  void opened();
  /// The supervisor refused a connect: nothing was opened.
  void refused();
  /// A connection ended; `was_reset` by either side or by a fault. `refused`: it never came to stand.
  void closed(bool was_reset, bool refused);
  /// An open connection moves to another flow, or came from one: neither a connect nor a close.
  void moved(bool here);
  void request(std::size_t bytes, bool first_of_run);
  void answer(std::size_t bytes);
  /// The first byte of an answer came `after` its request's first; `usual` where no fault was in force.
  void exchanged(Ns after, bool usual);
  void sniffed(const wire::Sniffed& seen);
  /// A request said this of its sender; credentials are kept hashed only.
  void sent(const wire::Sender& sender, std::string_view hash_key);
  /// Whether another request should be read for that.
  bool wants_sender() const;
  bool knows_version() const { return !seen_.version.empty(); }
  /// What the protocol was found to be so far.
  const wire::Sniffed& seen() const { return seen_; }

  /// What its statements did, where it speaks PostgreSQL.
  FlowStatements& statements() { return statements_; }
  /// Ends the statements of one journey made alone; see FlowStatements::trace().
  void trace(std::int64_t journey, std::int64_t round, Ns now, const record::Sink& sink);

  /// Puts what the second carried, and a protocol newly seen, into the sink; begins the next second.
  void roll(std::int64_t second, Ns now, const StatementTable& table, const record::Sink& sink);
  FlowTotals totals() const;
  /// Times of exchanges without faults.
  const Histogram& usual() const { return usual_; }

 private:
  void say_protocol(Ns now, const record::Sink& sink);
  void say_senders(Ns now, const record::Sink& sink);

  FlowKey key_;
  record::FlowSecond second_;
  Histogram latency_, usual_;
  FlowTotals totals_;
  std::int64_t said_open_ = 0;
  bool touched_ = false;
  wire::Sniffed seen_, said_;
  int times_said_ = 0;
  std::size_t heads_ = 0;
  std::vector<record::CredentialSeen> credentials_;
  std::vector<record::SenderSeen> senders_;
  std::size_t credentials_said_ = 0, senders_said_ = 0;
  FlowStatements statements_;
};

/// All flows of the relay; flows stay for the relay's life, so that pointers to them hold.
class Flows {
 public:
  Flow& of(pid_t owner, pid_t process, const Endpoint& destination);
  void roll(std::int64_t second, Ns now, const StatementTable& table, const record::Sink& sink);
  const std::map<FlowKey, std::unique_ptr<Flow>>& all() const { return flows_; }

 private:
  std::map<FlowKey, std::unique_ptr<Flow>> flows_;
};

}  // namespace pl::proxy

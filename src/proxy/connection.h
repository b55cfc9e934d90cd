#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "base/handoff.h"
#include "os/fd.h"
#include "os/reactor.h"
#include "proxy/bytes.h"
#include "proxy/chain.h"
#include "proxy/flows.h"
#include "wire/http1.h"

namespace pl::proxy {

class Connection;

/// What connections share, on the relay's thread.
struct Shared {
  os::Reactor& reactor;
  std::vector<char> scratch;               ///< One read's bytes; between two events nobody's.
  std::function<void(Connection&)> ended;  ///< It is over: to be destroyed after the current event.
  std::string hash_key;                    ///< Of credentials; empty: none are looked for.
  StatementTable statements = {};
};

/// One relayed connection: two sockets, and where faults are in force a chain between them. Without faults bytes go
/// straight from one read to one write; only what the sink does not take is kept, and then its source is not read. A
/// FIN stays a FIN, a reset a reset, and half-closed connections live on. The relay's thread alone uses it.
class Connection {
 public:
  /// Both halves have been found. `handoff.undecided`: waits for the upstream's connect first.
  Connection(Shared& shared, const Handoff& handoff, os::Fd program, os::Fd upstream, Flow& flow);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  pid_t owner() const { return owner_; }
  pid_t process() const { return handoff_.process; }
  const Endpoint& destination() const { return handoff_.destination; }
  Flow& flow() const { return *flow_; }
  bool over() const { return over_; }
  /// When the program sent the request that has no answer yet; 0: none.
  Ns unanswered_since() const { return awaiting_ ? request_at_ : 0; }

  /// A fault comes into force on it, behind the others.
  void add_fault(std::int64_t id, Fault& fault, std::shared_ptr<Measure> measure);
  /// All faults in force at its birth have been added: later ones meet it as an open connection.
  void begun() { fresh_ = false; }
  void remove_fault(std::int64_t id);
  bool has_fault(std::int64_t id) const { return chain_ && chain_->has(id); }
  /// Ends with RST on both sides.
  void reset();
  void move_to(pid_t owner, Flow& flow);

  std::size_t place = 0;  ///< Its index in the relay's list.

 private:
  /// One socket: the program's, which is the source of the way up, or the destination's.
  struct Side {
    os::Fd fd;
    ByteQueue out;             ///< Bytes that the socket did not take yet.
    std::uint32_t events = 0;  ///< What the reactor watches for.
    bool watched = false;
    bool dead = false;  ///< Reset or failed: takes no bytes, says nothing more.
    bool fin_sent = false;
    End in = End::none;  ///< How what it says ended.
  };
  Side& source(Way way) { return sides_[index(way)]; }
  Side& sink(Way way) { return sides_[1 - index(way)]; }

  void watch(Side& side, std::uint32_t events);
  void unwatch(Side& side);
  void ready(Way way, std::uint32_t events);
  bool finish_connect();
  void read(Way way);
  void take(Way way, std::string_view bytes, Ns now);
  void take_end(Way way, End how, Ns now);
  void forward(Way way, std::string_view bytes, Ns now);
  void write_out(Way way);
  void drain_failed(Way way, Ns now);
  void run_chain(Ns now);
  void carry_out(Way way, Ns now);
  void set_timer();
  void settle();
  void pass_ends();
  void interest(Way way);
  bool wants(Way way);
  void sniff(Way way, std::string_view bytes);
  void read_head(std::string_view bytes);
  void watch_statements(Way way, std::string_view bytes, Ns now);
  void close(bool was_reset);
  void give_up(Side& side);

  Shared& shared_;
  Handoff handoff_;
  pid_t owner_;
  Flow* flow_;
  Side sides_[2];
  End ends_[2] = {End::none, End::none};  ///< How each way ends behind what was forwarded.
  std::unique_ptr<Chain> chain_;
  std::unique_ptr<wire::Sniffer> sniffer_;
  std::unique_ptr<wire::Http1Parser> first_head_;  ///< Reads the first request's head.
  std::size_t head_bytes_ = 0;
  std::unique_ptr<StatementWatch> statements_;
  os::Reactor::TimerId timer_ = 0;
  Ns timer_at_ = kNever;
  Ns request_at_ = 0;
  bool connecting_;
  bool sniffing_ = true;
  bool reads_head_;
  bool may_have_statements_ = true;  ///< It may speak PostgreSQL.
  bool fresh_ = true;
  bool awaiting_ = false;
  bool over_ = false;
};

}  // namespace pl::proxy

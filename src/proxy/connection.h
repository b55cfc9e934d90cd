#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/handoff.h"
#include "os/fd.h"
#include "os/reactor.h"
#include "proxy/bytes.h"
#include "proxy/chain.h"
#include "proxy/flows.h"
#include "proxy/http1_count.h"
#include "proxy/http2_state.h"
#include "proxy/mysql_count.h"
#include "proxy/postgres_count.h"
#include "proxy/resp_count.h"
#include "proxy/starttls.h"
#include "proxy/tls_setup.h"
#include "wire/http1.h"

namespace pl::proxy {

class Connection;

/// What connections share, on the relay's thread.
struct Shared {
  os::Reactor& reactor;
  std::span<char> scratch;                 ///< One read's bytes; between two events nobody's.
  std::function<void(Connection&)> ended;  ///< It is over: to be destroyed after the current event.
  std::string hash_key{};                  ///< Of credentials; empty: none are looked for.
  bool sniffs = true;                      ///< Protocols are told from the first bytes.
  bool resets_refused = true;              ///< A refused upstream resets the program's side; else it gets FIN.
  /// An upstream's connect failed with this error: another connect that was begun, or an empty descriptor.
  std::function<os::Fd(Connection&, int error)> retry{};
  StatementTable statements{};      ///< Of PostgreSQL, where protocols are told.
  Held* held = nullptr;             ///< Bytes that wait before faults; nullptr: they are bounded per connection only.
  std::shared_ptr<TlsSetup> tls{};  ///< What TLS ends are made with; nullptr: bytes are relayed as they are.
  /// TLS failed with the program, or with the upstream.
  std::function<void(bool program, const Error&)> tls_failed{};
};

/// Bytes of one connection by way: what its sources said, and what its sinks took.
struct Carried {
  std::int64_t received[2] = {};
  std::int64_t sent[2] = {};
};

/// One relayed connection: two sockets, and where faults are in force a chain between them. Without faults bytes go
/// straight from one read to one write; only what the sink does not take is kept, and then its source is not read. A
/// FIN stays a FIN, a reset a reset, and half-closed connections live on. Where a side has a TLS end, all else sees the
/// plaintext: close_notify is FIN, and so is a FIN without one. The relay's thread alone uses it.
class Connection {
 public:
  /// Both halves have been found. `handoff.undecided`: waits for the upstream's connect first.
  /// `upstream_place`: that of its destination among its keeper's upstreams (TlsSetup::client).
  Connection(Shared& shared, const Handoff& handoff, os::Fd program, os::Fd upstream, Flow& flow,
             std::uint64_t number = 0, std::size_t upstream_place = 0);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  pid_t owner() const { return owner_; }
  pid_t process() const { return handoff_.process; }
  const Endpoint& source() const { return handoff_.source; }
  const Endpoint& destination() const { return handoff_.destination; }
  /// Another destination is tried (Shared::retry).
  void set_destination(const Endpoint& destination, std::size_t upstream) {
    handoff_.destination = destination;
    upstream_ = upstream;
  }
  /// Its number among its keeper's connections.
  std::uint64_t number() const { return number_; }
  bool connecting() const { return connecting_; }
  /// It has been connecting for too long, and the next destination is tried (Shared::retry). Else nothing happens.
  void give_up_connect(int error);
  const Carried& carried() const { return carried_; }
  Ns since() const { return since_; }
  /// Bytes that wait in the relay, one way.
  std::size_t waiting(Way way) const;
  Flow& flow() const { return *flow_; }
  bool over() const { return over_; }
  /// When the program sent the request that has no answer yet; 0: none.
  Ns unanswered_since() const { return awaiting_ ? request_at_ : 0; }

  /// A fault comes into force on it, behind the others.
  void add_fault(std::int64_t id, Fault& fault, std::shared_ptr<Measure> measure, Ways ways = Ways::both);
  /// All faults in force at its birth have been added: later ones meet it as an open connection.
  void begun() { fresh_ = false; }
  void remove_fault(std::int64_t id);
  /// A fault in force on it has other parameters now.
  void fault_changed(std::int64_t id);
  bool has_fault(std::int64_t id) const { return chain_ && chain_->has(id); }
  /// What flows means nothing to that fault: it passes untouched.
  bool is_opaque_to(std::int64_t id) const { return chain_ && chain_->opaque(id); }
  /// Ends with RST on both sides.
  void reset();
  /// Ends with FIN on both sides.
  void shut();
  void move_to(pid_t owner, Flow& flow);

  std::size_t place = 0;  ///< Its index in the relay's list.

 private:
  /// One socket: the program's, which is the source of the way up, or the destination's.
  struct Side {
    os::Fd fd;
    ByteQueue out;                ///< Bytes that the socket did not take yet.
    std::unique_ptr<TlsEnd> tls;  ///< nullptr: none.
    std::uint32_t events = 0;     ///< What the reactor watches for.
    bool watched = false;
    bool unread = false;  ///< Reading stopped before all was read that its kernel had.
    bool dead = false;    ///< Reset or failed: takes no bytes, says nothing more.
    bool fin_sent = false;
    End in = End::none;  ///< How what it says ended.
  };
  /// What is counted of one protocol; no count where none of it has been seen.
  template <class Count>
  struct Counted {
    std::unique_ptr<Count> count;
    bool possible = true;  ///< It may be that protocol.
  };
  Side& source(Way way) { return sides_[index(way)]; }
  Side& sink(Way way) { return sides_[1 - index(way)]; }

  void watch(Side& side, std::uint32_t events);
  void unwatch(Side& side);
  void ready(Way way, std::uint32_t events);
  static std::uint32_t mode(std::uint32_t events);
  bool finish_connect();
  void fail_connect(int error);
  void read(Way way, bool to_end);
  void hear(Way way, std::string_view bytes, Ns now);
  void take(Way way, std::string_view bytes, Ns now);
  void take_end(Way way, End how, Ns now);
  void forward(Way way, std::string_view bytes, Ns now);
  std::size_t send(Way way, std::string_view bytes, Ns now);
  void write_out(Way way);
  void drain_failed(Way way, Ns now);
  void run_chain(Ns now);
  void carry_out(Way way, Ns now);
  void set_timer();
  void settle();
  void pass_ends();
  void interest(Way way);
  bool wants(Way way);
  static bool takes(const Side& side);
  void make_tls_ends();
  void open_upstream();
  void hear_opening(Way way, std::string_view bytes, Ns now);
  void begin_tls();
  void resume_tls(Ns now);
  void settle_protocol(Ns now);
  bool tls_wants(Way way);
  void decrypt(Way way, std::string_view bytes, Ns now);
  Result<void> start_server(std::string_view bytes, std::string& plaintext);
  void encrypt(Way way, std::string_view bytes, Ns now);
  void flush_tls(Way way, Ns now);
  void finish_tls();
  void fail_tls(Side& side, const Error& error);
  void follow_http2(Way way, std::string_view bytes);
  template <class Count>
  void follow(Counted<Count>& counted, bool begins, Way way, std::string_view bytes);
  template <class Count>
  std::optional<Count> behind_chain(const Counted<Count>& counted, std::int64_t fault);
  void sniff(Way way, std::string_view bytes);
  void read_head(std::string_view bytes);
  void watch_statements(Way way, std::string_view bytes, Ns now);
  void close(bool was_reset, bool refused = false);
  void give_up(Side& side);

  Shared& shared_;
  Handoff handoff_;
  pid_t owner_;
  Flow* flow_;
  Side sides_[2];
  End ends_[2] = {End::none, End::none};  ///< How each way ends behind what was forwarded.
  Http2Meeting meeting_;
  std::unique_ptr<Chain> chain_;
  std::unique_ptr<StartTls> starttls_;  ///< Until it is over.
  std::unique_ptr<wire::Sniffer> sniffer_;
  std::unique_ptr<wire::Http1Parser> first_head_;  ///< Reads the first request's head.
  std::size_t head_bytes_ = 0;
  std::unique_ptr<StatementWatch> statements_;
  std::unique_ptr<Http2State> http2_;  ///< Of what left the chain; nullptr: it speaks something else, or nothing yet.
  Counted<RespCount> resp_;            ///< Likewise.
  Counted<PgCount> postgres_;          ///< Likewise.
  Counted<MySqlCount> mysql_;          ///< Likewise.
  Counted<Http1Count> http1_;          ///< Likewise.
  os::Reactor::TimerId timer_ = 0;
  Ns timer_at_ = kNever;
  Ns request_at_ = 0;
  Ns since_;
  std::uint64_t number_;
  std::size_t upstream_;  ///< Place of its destination among its keeper's upstreams.
  Carried carried_;
  bool connecting_;
  bool sniffing_;
  bool may_have_statements_;  ///< It may speak PostgreSQL.
  bool reads_head_;
  bool may_be_http2_ = true;
  bool offers_http2_ = false;  ///< The upstream's TLS end offers it.
  bool fresh_ = true;
  bool awaiting_ = false;    ///< The program awaits an answer.
  bool unanswered_ = false;  ///< The upstream has said nothing to what it awaits an answer to.
  bool over_ = false;
};

}  // namespace pl::proxy

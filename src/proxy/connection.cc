#include "proxy/connection.h"

#include <sys/epoll.h>

#include "base/limits.h"
#include "os/net.h"
#include "os/stream.h"

namespace pl::proxy {
namespace {

using Kind = os::Transfer::Kind;

}  // namespace

Connection::Connection(Shared& shared, const Handoff& handoff, os::Fd program, os::Fd upstream, Flow& flow,
                       std::uint64_t number, std::size_t upstream_place)
    : shared_(shared),
      handoff_(handoff),
      owner_(handoff.owner),
      flow_(&flow),
      since_(shared.reactor.now()),
      number_(number),
      upstream_(upstream_place),
      connecting_(handoff.undecided != 0),
      sniffing_(shared.sniffs),
      may_have_statements_(shared.sniffs),
      reads_head_(!shared.hash_key.empty() && flow.wants_sender()) {
  sides_[0].fd = std::move(program);
  sides_[1].fd = std::move(upstream);
  flow_->opened();
  os::set_nodelay(sides_[1].fd.get());  // The program's side has it from the listener.
  if (shared_.tls) make_tls_ends();
  watch(sides_[0], connecting_ ? 0u : EPOLLIN);
  watch(sides_[1], connecting_ ? EPOLLOUT : EPOLLIN);
}

Connection::~Connection() {
  if (!over_) close(false);
}

void Connection::watch(Side& side, std::uint32_t events) {
  const Way way = &side == &sides_[0] ? Way::up : Way::down;
  side.watched = true;
  side.events = events;
  shared_.reactor.watch(side.fd.get(), mode(events), [this, way](std::uint32_t got) { ready(way, got); });
}

/// A side that is only read is told of news once (edge-triggered), so that the kernel need not look a second time after
/// each read. With that, FIN has to be told apart: it may have come together with the last bytes.
std::uint32_t Connection::mode(std::uint32_t events) {
  return events == EPOLLIN ? EPOLLIN | EPOLLRDHUP | EPOLLET : events;
}

void Connection::unwatch(Side& side) {
  if (side.watched) shared_.reactor.forget(side.fd.get());
  side.watched = false;
  side.events = 0;
}

void Connection::ready(Way way, std::uint32_t events) {
  if (over_) return;
  if (connecting_) {
    if (way == Way::up) return reset();  // the program gave up waiting
    if (!finish_connect()) return;
  }
  if (events & EPOLLOUT) write_out(other(way));
  constexpr std::uint32_t kEnds = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if (events & (EPOLLIN | kEnds)) {
    source(way).unread = true;
    if (wants(way)) {
      read(way, (events & kEnds) != 0);
    } else if (events & EPOLLERR) {
      // Reset while nobody reads it: what its kernel still holds is lost, as it would be without us.
      give_up(source(way));
      take_end(way, End::reset, shared_.reactor.now());
    } else if (events & EPOLLHUP) {
      // FIN both ways, and bytes of it may still wait to be read: no more news until then.
      unwatch(source(way));
    }
  }
  settle();
}

bool Connection::finish_connect() {
  const int error = os::socket_error(sides_[1].fd.get());
  if (error == 0) {
    connecting_ = false;
    if (shared_.tls) open_upstream();
    return !over_;
  }
  fail_connect(error);
  return false;
}

/// The next destination is tried, if there is one.
void Connection::fail_connect(int error) {
  if (os::Fd other = shared_.retry ? shared_.retry(*this, error) : os::Fd()) {
    unwatch(sides_[1]);
    sides_[1].fd = std::move(other);
    os::set_nodelay(sides_[1].fd.get());
    return watch(sides_[1], EPOLLOUT);
  }
  close(shared_.resets_refused, true);
}

void Connection::give_up_connect(int error) {
  if (!over_ && connecting_) fail_connect(error);
}

bool Connection::wants(Way way) {
  if (connecting_ || source(way).in != End::none || source(way).dead) return false;
  if (starttls_ && !starttls_->listens(way)) return false;
  if (source(way).tls && !tls_wants(way)) return false;
  return chain_ ? chain_->reads(way) : takes(sink(way));
}

/// Nothing waits for it to be sent.
bool Connection::takes(const Side& side) {
  return side.out.empty() && (!side.tls || side.dead || side.tls->waiting() == 0);
}

/// `to_end`: an end stands behind what there is to read.
void Connection::read(Way way, bool to_end) {
  const int fd = source(way).fd.get();
  const Ns now = shared_.reactor.now();
  for (int turn = 0; turn < limits::kRelayReadsPerTurn && !over_ && wants(way); ++turn) {
    const os::Transfer got = os::read_some(fd, shared_.scratch);
    const bool all = got.kind != Kind::bytes || (got.count < shared_.scratch.size() && !to_end);
    source(way).unread = !all;
    if (got.kind == Kind::again) return;
    if (got.kind == Kind::bytes) {
      hear(way, std::string_view(shared_.scratch.data(), got.count), now);
      if (all) return;  // the reactor tells of more
      continue;
    }
    if (got.kind == Kind::failed) give_up(source(way));
    if (got.kind == Kind::end && source(way).tls && !source(way).tls->open()) {
      return fail_tls(source(way), {.code = Errc::protocol, .detail = "the connection ended within the handshake"});
    }
    return take_end(way, got.kind == Kind::end ? End::fin : End::reset, now);
  }
}

void Connection::hear(Way way, std::string_view bytes, Ns now) {
  if (starttls_ && starttls_->waits(way)) return hear_opening(way, bytes, now);
  if (source(way).tls) return decrypt(way, bytes, now);
  take(way, bytes, now);
}

void Connection::take(Way way, std::string_view bytes, Ns now) {
  std::string edited;
  if (starttls_ && way == Way::down && !starttls_->waits(Way::up)) {
    edited = starttls_->edit(bytes);
    if (starttls_->over()) starttls_.reset();
    if (edited.empty()) return;
    bytes = edited;
  }
  carried_.received[index(way)] += static_cast<std::int64_t>(bytes.size());
  if (sniffing_) sniff(way, bytes);
  if (may_have_statements_) watch_statements(way, bytes, now);
  if (way == Way::up) {
    if (reads_head_) read_head(bytes);
    flow_->request(bytes.size(), !awaiting_);
    if (!awaiting_) request_at_ = now;
    unanswered_ = unanswered_ || !awaiting_;
    awaiting_ = true;
  } else if (unanswered_) {
    shared_.reactor.answered(now - request_at_);
    unanswered_ = false;
  }
  if (!chain_) return forward(way, bytes, now);
  chain_->arrive(way, bytes, now);
  run_chain(now);
}

void Connection::take_end(Way way, End how, Ns now) {
  if (source(way).in != End::none) {
    // It ended in order and failed later: nothing is left to say to it, but what it said before may still wait.
    if (chain_) chain_->failed(way);
    if (!chain_ || ends_[index(way)] != End::none) ends_[index(way)] = End::reset;
    return;
  }
  source(way).in = how;
  if (!chain_) {
    ends_[index(way)] = how;
    return;
  }
  chain_->end(way, how, now);
  run_chain(now);
}

void Connection::forward(Way way, std::string_view bytes, Ns now) {
  if (ends_[index(way)] != End::none) return;
  if (may_be_http2_) follow_http2(way, bytes);
  if (resp_.possible) follow(resp_, way == Way::up && bytes.front() == '*', way, bytes);
  if (http1_.possible) {
    follow(http1_, way == Way::up && !http1_.count && may_be_request(bytes), way, bytes);
    if (!http1_.possible) http1_.count.reset();
  }
  // Its start-up message begins with a length whose high byte is 0.
  if (postgres_.possible) follow(postgres_, way == Way::up && bytes.front() == '\0', way, bytes);
  if (mysql_.possible) follow(mysql_, way == Way::down && may_be_mysql_greeting(bytes), way, bytes);
  if (way == Way::down) {
    flow_->answer(bytes.size());
    if (awaiting_) flow_->exchanged(now - request_at_, chain_ == nullptr);
    awaiting_ = false;
  }
  Side& to = sink(way);
  if (to.dead) return;
  if (to.tls) return encrypt(way, bytes, now);
  carried_.sent[index(way)] += static_cast<std::int64_t>(send(way, bytes, now));
}

/// Sends to the sink's socket as it is, or lets it wait; how much was sent at once.
std::size_t Connection::send(Way way, std::string_view bytes, Ns now) {
  Side& to = sink(way);
  if (bytes.empty() || to.dead) return 0;
  std::size_t taken = 0;
  if (to.out.empty()) {
    const os::Transfer put = os::write_some(to.fd.get(), bytes);
    if (put.kind == Kind::failed) {
      drain_failed(way, now);
      return 0;
    }
    taken = put.kind == Kind::bytes ? put.count : 0;
  }
  if (taken < bytes.size()) to.out.append(bytes.substr(taken));
  return taken;
}

void Connection::write_out(Way way) {
  Side& to = sink(way);
  if (to.out.empty() || to.dead) return;
  const Ns now = shared_.reactor.now();
  const os::Transfer put = os::write_some(to.fd.get(), to.out.view());
  if (put.kind == Kind::failed) return drain_failed(way, now);
  if (put.kind == Kind::bytes) {
    if (!to.tls) carried_.sent[index(way)] += static_cast<std::int64_t>(put.count);
    to.out.consume(put.count);
  }
  if (chain_ && to.out.empty()) run_chain(now);
}

/// The sink of a way takes no bytes any more. What it said before that (an error message, say) is still brought over.
void Connection::drain_failed(Way way, Ns now) {
  Side& failed = sink(way);
  failed.out.consume(failed.out.size());
  failed.dead = true;
  std::vector<char> room(limits::kRelayQueueBytes);
  const bool readable = failed.in == End::none;
  for (int turn = 0; turn < limits::kRelayReadsPerTurn && readable && !over_; ++turn) {
    const os::Transfer got = os::read_some(failed.fd.get(), room);
    if (got.kind != Kind::bytes) break;
    hear(other(way), std::string_view(room.data(), got.count), now);
  }
  if (over_) return;
  give_up(failed);
  take_end(other(way), End::reset, now);
}

void Connection::run_chain(Ns now) {
  // Each turn empties what stood ready: at most the queues of all faults.
  for (std::size_t turn = 0; turn <= limits::kRelayFaults; ++turn) {
    chain_->run(now);
    if (chain_->wants_reset()) return reset();
    const std::size_t before = chain_->out(Way::up).size() + chain_->out(Way::down).size();
    // Answers first: those of faults themselves are to requests before the ones that wait beside them.
    for (const Way way : {Way::down, Way::up}) carry_out(way, now);
    if (over_ || before == 0) break;
  }
  if (over_) return;
  for (const Way way : kWays) {
    if (chain_->out(way).empty() && ends_[index(way)] == End::none) ends_[index(way)] = chain_->out_end(way);
  }
}

void Connection::carry_out(Way way, Ns now) {
  ByteQueue& ready = chain_->out(way);
  if (ready.empty() || !takes(sink(way)) || !chain_->sends(way) || over_) return;
  // forward() may come back into the chain when the sink fails: take the bytes out of it first.
  const std::string bytes(ready.view());
  ready.consume(bytes.size());
  forward(way, bytes, now);
}

void Connection::set_timer() {
  const Ns due = chain_ && !over_ ? chain_->next() : kNever;
  if (due == timer_at_) return;
  if (timer_at_ != kNever) shared_.reactor.cancel(timer_);
  timer_at_ = due;
  if (due == kNever) return;
  timer_ = shared_.reactor.at(due, [this] {
    timer_at_ = kNever;
    run_chain(shared_.reactor.now());
    settle();
  });
}

void Connection::settle() {
  if (over_) return;
  if (chain_ && chain_->wants_reset()) return reset();
  if (shared_.tls) finish_tls();
  pass_ends();
  if (over_) return;
  if (chain_ && chain_->idle()) {
    awaiting_ = awaiting_ && chain_->awaiting();  // The last answer may have been a fault's own.
    chain_.reset();
  }
  for (const Way way : kWays) interest(way);
  set_timer();
}

void Connection::pass_ends() {
  bool fresh_fin[2] = {};
  for (const Way way : kWays) {
    if (ends_[index(way)] == End::reset) return reset();
    Side& to = sink(way);
    if (ends_[index(way)] != End::fin || to.fin_sent || !to.out.empty()) continue;
    // Its handshake is waited for, unless nothing can come of it any more.
    if (to.tls && !to.dead && !to.tls->open() && ends_[index(other(way))] == End::none) continue;
    to.fin_sent = true;
    fresh_fin[index(way)] = !to.dead;
  }
  const bool both = sides_[0].fin_sent && sides_[1].fin_sent;
  // Where both have said all, closing says FIN too.
  const bool silent = both && sides_[0].in == End::fin && sides_[1].in == End::fin;
  for (const Way way : kWays) {
    if (fresh_fin[index(way)] && !silent) os::shut_write(sink(way).fd.get());
  }
  if (both) close(false);
}

/// Watches the source of a way for what can be used now.
void Connection::interest(Way way) {
  Side& side = source(way);
  if (side.dead || connecting_) return;
  const std::uint32_t events = (wants(way) ? EPOLLIN : 0u) | (side.out.empty() ? 0u : EPOLLOUT);
  // Setting the same again has the kernel look once more, and tell.
  const bool again = side.unread && (events & EPOLLIN) != 0;
  if (events == side.events && !again) return;
  side.unread = side.unread && !again;
  if (!side.watched) return watch(side, events);
  side.events = events;
  shared_.reactor.change(side.fd.get(), mode(events));
}

/// HTTP/2 is read from its beginning: its tables for compression have to be known when a fault comes later.
void Connection::follow_http2(Way way, std::string_view bytes) {
  // A server may greet first, with SETTINGS: the first byte of their length is 0.
  const bool begins = way == Way::up ? wire::kHttp2Preface.starts_with(bytes.substr(0, wire::kHttp2Preface.size()))
                                     : bytes.starts_with('\0');
  if (!http2_ && begins) http2_ = std::make_unique<Http2State>();
  may_be_http2_ = http2_ && http2_->passed(way, bytes);
  if (!may_be_http2_) http2_.reset();
}

/// What is asked and answered is counted from the beginning of a connection: how many answers are owed has to be known
/// when a fault comes later.
template <class Count>
void Connection::follow(Counted<Count>& counted, bool begins, Way way, std::string_view bytes) {
  // Before the server has spoken, what goes down is a fault's own.
  if (!counted.count && way == Way::down && carried_.received[index(Way::down)] == 0) return;
  if (!counted.count && begins) counted.count = std::make_unique<Count>();
  if (counted.count) counted.count->passed(way, bytes);
  counted.possible = counted.count && !counted.count->lost();
}

/// What is owed to a fault behind all others; nothing where that is not known.
template <class Count>
std::optional<Count> Connection::behind_chain(const Counted<Count>& counted, std::int64_t fault) {
  if (!counted.count || !chain_->is_last(fault)) return std::nullopt;
  std::optional<Count> count(*counted.count);
  // What left the faults before it and waits to be sent, it will not see.
  for (const Way way : {Way::down, Way::up}) count->passed(way, chain_->out(way).view());
  return count;
}

void Connection::sniff(Way way, std::string_view bytes) {
  if (!sniffer_) sniffer_ = std::make_unique<wire::Sniffer>();
  sniffer_->feed(way == Way::up, bytes);
  const bool version_missing = sniffer_->seen().version.empty() && !flow_->knows_version();
  const bool enough = !sniffer_->seen().protocol.empty() && sniffer_->seen().protocol == flow_->seen().protocol;
  flow_->sniffed(sniffer_->seen());
  if (!sniffer_->settled() && (version_missing || !enough)) return;
  sniffer_.reset();
  sniffing_ = false;
}

void Connection::read_head(std::string_view bytes) {
  if (!first_head_) first_head_ = std::make_unique<wire::Http1Parser>(wire::Http1Parser::Role::request);
  head_bytes_ += bytes.size();
  const wire::Http1Parser::Step step = first_head_->next(bytes);
  if (step == wire::Http1Parser::Step::head) flow_->sent(wire::read_sender(first_head_->head()), shared_.hash_key);
  if (step == wire::Http1Parser::Step::more && head_bytes_ < limits::kSenderBytes) return;
  first_head_.reset();
  reads_head_ = false;
}

/// PostgreSQL begins with the program's word, the high byte of whose length is 0.
void Connection::watch_statements(Way way, std::string_view bytes, Ns now) {
  if (!statements_ && way == Way::up && bytes.front() == '\0') {
    statements_ = std::make_unique<StatementWatch>(shared_.statements);
  }
  if (statements_ && statements_->feed(way, bytes, now, flow_->statements())) return;
  statements_.reset();
  may_have_statements_ = false;
}

void Connection::give_up(Side& side) {
  side.dead = true;
  unwatch(side);
  side.out.consume(side.out.size());
}

void Connection::close(bool was_reset, bool refused) {
  if (over_) return;
  over_ = true;
  if (timer_at_ != kNever) shared_.reactor.cancel(timer_);
  timer_at_ = kNever;
  for (Side& side : sides_) {
    const bool closed = side.dead;
    give_up(side);
    if (was_reset && !closed) os::reset_on_close(side.fd.get());
    side.fd.reset();
  }
  flow_->closed(was_reset, refused || (was_reset && fresh_));
  shared_.ended(*this);
}

void Connection::reset() { close(true); }

void Connection::shut() { close(false); }

std::size_t Connection::waiting(Way way) const {
  const Side& to = sides_[1 - index(way)];
  return to.out.size() + (to.tls ? to.tls->waiting() : 0) + (chain_ ? chain_->waiting(way) : 0);
}

void Connection::move_to(pid_t owner, Flow& flow) {
  flow_->moved(false);
  flow.moved(true);
  flow.sniffed(flow_->seen());
  owner_ = owner;
  flow_ = &flow;
}

void Connection::add_fault(std::int64_t id, Fault& fault, std::shared_ptr<Measure> measure, Ways ways) {
  if (over_) return;
  const Ns now = shared_.reactor.now();
  if (!chain_) {
    chain_ = std::make_unique<Chain>(shared_.held, awaiting_);
    for (const Way way : kWays) {
      if (source(way).in != End::none) chain_->end(way, source(way).in, now);
    }
  }
  ConnectionView view{.fresh = fresh_, .awaiting = chain_->awaiting(), .number = number_, .meeting = &meeting_};
  view.starttls = shared_.tls && shared_.tls->starttls() != nullptr;
  // What left the faults before it and waits to be sent, it will not see.
  std::unique_ptr<Http2State> http2;
  if (!meeting_.host && http2_ && http2_->begun() && chain_->is_last(id)) {
    http2 = std::make_unique<Http2State>(*http2_);
    const bool known =
        http2->passed(Way::up, chain_->out(Way::up).view()) && http2->passed(Way::down, chain_->out(Way::down).view());
    if (known) view.http2 = http2.get();
  }
  const std::optional<RespCount> resp = behind_chain(resp_, id);
  const std::optional<PgCount> postgres = behind_chain(postgres_, id);
  const std::optional<MySqlCount> mysql = behind_chain(mysql_, id);
  view.mysql = mysql ? &*mysql : nullptr;
  view.resp = resp ? &*resp : nullptr;
  view.postgres = postgres ? &*postgres : nullptr;
  const std::optional<Http1Count> http1 = behind_chain(http1_, id);
  view.http1 = http1 && !http1->lost() ? &*http1 : nullptr;
  view.not_http1 = !view.http1 && !http2_ && (!http1_.possible || http1);
  chain_->add(id, fault.attach(view), std::move(measure), now, ways);
  run_chain(now);
  settle();
}

void Connection::fault_changed(std::int64_t id) {
  if (over_ || !has_fault(id)) return;
  const Ns now = shared_.reactor.now();
  chain_->changed(id, now);
  run_chain(now);
  if (sides_[0].tls) resume_tls(now);
  settle();
}

void Connection::remove_fault(std::int64_t id) {
  if (over_ || !has_fault(id)) return;
  const Ns now = shared_.reactor.now();
  chain_->remove(id, now);
  run_chain(now);
  if (sides_[0].tls) resume_tls(now);
  settle();
}

}  // namespace pl::proxy

#include "base/limits.h"
#include "os/stream.h"
#include "proxy/connection.h"

/// What a connection does where it has TLS ends: between a socket and what is done with its plaintext.
namespace pl::proxy {

void Connection::make_tls_ends() {
  const bool listens = shared_.tls->listens(), connects = shared_.tls->connects();
  if (const StartTlsRow* const row = shared_.tls->starttls()) {
    starttls_ = row->make(listens, connects);
  } else {
    if (listens) sides_[0].tls = std::make_unique<TlsEnd>();
    if (connects) sides_[1].tls = std::make_unique<TlsEnd>();
  }
  if (!connecting_) open_upstream();
}

/// The upstream is connected: says the first words to it, if there are any.
void Connection::open_upstream() {
  if (starttls_) return static_cast<void>(send(Way::up, starttls_->opening(), shared_.reactor.now()));
  if (sides_[1].tls) begin_tls();
}

/// Bytes of a side of which it is not settled yet whether its TLS begins.
void Connection::hear_opening(Way way, std::string_view bytes, Ns now) {
  const Result<StartTls::Heard> heard = starttls_->hear(way, bytes);
  if (!heard) return fail_tls(source(way), heard.error());
  // Before anything is sent: a socket that fails has its last bytes read, which come back here.
  for (const Way each : kWays) {
    if (starttls_->side(each) == StartTls::Side::tls && !source(each).tls) {
      source(each).tls = std::make_unique<TlsEnd>();
    }
  }
  if (starttls_->over()) starttls_.reset();
  send(other(way), heard->answer, now);
  if (!over_) send(way, heard->request, now);
  if (over_) return;
  if (sides_[1].tls) begin_tls();
  if (!heard->cipher.empty() && !over_) decrypt(way, heard->cipher, now);
  if (!heard->plain.empty() && !over_) take(way, heard->plain, now);
}

/// Greets the upstream, behind the program's handshake where there is one: the protocol that was chosen there is
/// offered here. Where the program can speak HTTP/2 too, and it is not known whether the upstream can, that is asked
/// first.
void Connection::begin_tls() {
  TlsEnd& tls = *sides_[1].tls;
  const TlsEnd* program = sides_[0].tls.get();
  if (tls.started() || (program && !program->open() && !program->awaits_choice())) return;
  std::vector<std::string> protocols;
  if (program && program->awaits_choice()) {
    protocols = {std::string(kAlpnHttp2), std::string(kAlpnHttp1)};
  } else if (program) {
    protocols = {program->protocol()};
  }
  offers_http2_ = !protocols.empty() && protocols.front() == kAlpnHttp2;
  const Result<void> done = tls.start(shared_.tls->client(upstream_), protocols);
  if (!done) return fail_tls(sides_[1], done.error());
  flush_tls(Way::up, shared_.reactor.now());
}

/// The upstream's handshake is over: the program's may wait for what was chosen there.
void Connection::settle_protocol(Ns now) {
  if (!offers_http2_ || !sides_[0].tls) return;
  const bool http2 = sides_[1].tls->protocol() == kAlpnHttp2;
  std::optional<bool>& known = shared_.tls->upstream_http2;
  TlsEnd& program = *sides_[0].tls;
  if (!program.awaits_choice()) {
    // One that names no protocol may speak it all the same, but not where it was told from an earlier choice.
    if (!http2 && known.value_or(false)) {
      return fail_tls(sides_[1], {.code = Errc::protocol, .detail = "it does not choose h2 any more"});
    }
    if (http2) known = true;
    return;
  }
  known = http2;
  std::string plaintext;
  const Result<void> done = program.choose(http2 ? kAlpnHttp2 : kAlpnHttp1, plaintext);
  flush_tls(Way::down, now);
  if (!done && !over_) fail_tls(sides_[0], done.error());
}

/// A fault that kept the program's handshake from beginning may be gone.
void Connection::resume_tls(Ns now) {
  if (!over_ && !sides_[0].tls->started() && sides_[0].tls->early() > 0) decrypt(Way::up, {}, now);
}

/// A peer that makes us answer (handshakes, key updates) must read our answers.
bool Connection::tls_wants(Way way) {
  const Side& from = source(way);
  if (from.tls->started() && !from.tls->awaits_choice()) return from.out.size() < limits::kRelayQueueBytes;
  return way == Way::up && from.tls->early() < limits::kRelayQueueBytes;
}

/// The program's first bytes came; they wait while a fault wants that.
Result<void> Connection::start_server(std::string_view bytes, std::string& plaintext) {
  TlsEnd& tls = *sides_[0].tls;
  PL_TRY(tls.feed(bytes, plaintext));
  const Handshake wanted = chain_ ? chain_->handshake() : Handshake::normal;
  if (wanted == Handshake::stall) return {};
  const TlsContext context = PL_TRY(shared_.tls->server(wanted));
  const std::optional<bool> http2 = shared_.tls->upstream_http2;
  if (sides_[1].tls && !http2) tls.ask_for_choice();
  PL_TRY(tls.start(context, {std::string(http2.value_or(false) ? kAlpnHttp2 : kAlpnHttp1)}));
  return tls.feed({}, plaintext);
}

void Connection::decrypt(Way way, std::string_view bytes, Ns now) {
  Side& from = source(way);
  TlsEnd& tls = *from.tls;
  if (!tls.started() && way == Way::down) return;  // the upstream spoke before it was greeted
  const bool was_open = tls.open();
  const std::size_t waited = tls.waiting();
  std::string plaintext;
  const Result<void> done = tls.started() ? tls.feed(bytes, plaintext) : start_server(bytes, plaintext);
  carried_.sent[index(other(way))] += static_cast<std::int64_t>(waited - tls.waiting());
  // In this order: a socket that fails has its last bytes read, which come behind these.
  if (!plaintext.empty()) take(way, plaintext, now);
  if (over_) return;
  flush_tls(other(way), now);
  if (over_) return;
  if (!done) return fail_tls(from, done.error());
  if (tls.peer_finished() && from.in == End::none) take_end(way, End::fin, now);
  if (over_ || was_open) return;
  if (tls.awaits_choice() && !connecting_) begin_tls();
  if (!tls.open() || over_) return;
  if (way == Way::up && sides_[1].tls) begin_tls();
  if (way == Way::down) settle_protocol(now);
  if (chain_ && !over_) run_chain(now);
}

void Connection::encrypt(Way way, std::string_view bytes, Ns now) {
  Side& to = sink(way);
  const std::size_t waited = to.tls->waiting();
  const Result<void> done = to.tls->write(bytes);
  if (!done) return fail_tls(to, done.error());
  carried_.sent[index(way)] += static_cast<std::int64_t>(waited + bytes.size() - to.tls->waiting());
  flush_tls(way, now);
}

/// Sends, or lets wait, what the TLS end of a way's sink has for its peer.
void Connection::flush_tls(Way way, Ns now) {
  Side& to = sink(way);
  ByteQueue& ready = to.tls->out();
  if (to.dead) ready.consume(ready.size());
  if (ready.empty()) return;
  if (to.out.empty()) {
    const os::Transfer put = os::write_some(to.fd.get(), ready.view());
    if (put.kind == os::Transfer::Kind::failed) {
      ready.consume(ready.size());
      return drain_failed(way, now);
    }
    if (put.kind == os::Transfer::Kind::bytes) ready.consume(put.count);
  }
  if (ready.empty()) return;
  to.out.append(ready.view());
  ready.consume(ready.size());
}

/// close_notify goes before FIN.
void Connection::finish_tls() {
  for (const Way way : kWays) {
    Side& to = sink(way);
    if (!to.tls || to.dead || to.fin_sent || ends_[index(way)] != End::fin || !takes(to)) continue;
    to.tls->finish();
    flush_tls(way, shared_.reactor.now());
    if (over_) return;
  }
}

/// The peer gets an alert that says why, if its socket takes it. One that never came to an end is closed in order.
void Connection::fail_tls(Side& side, const Error& error) {
  if (over_) return;
  if (side.tls && !side.dead && side.out.empty()) os::write_some(side.fd.get(), side.tls->out().view());
  if (&side == &sides_[1]) shared_.tls->upstream_http2.reset();
  if (shared_.tls_failed) shared_.tls_failed(&side == &sides_[0], error);
  close(side.tls && side.tls->open());
}

}  // namespace pl::proxy

#include "http/client.h"

#include <sys/epoll.h>

#include <array>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "os/net.h"
#include "os/stream.h"

namespace pl::http {
namespace {

bool may_be_repeated(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

bool carries_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

std::string encode(ClientRequest request, const Endpoint& endpoint) {
  if (!wire::find_header(request.headers, "host"))
    request.headers.insert(request.headers.begin(), {"Host", os::endpoint_text(endpoint)});
  const bool sized = wire::find_header(request.headers, "content-length") != nullptr ||
                     wire::find_header(request.headers, "transfer-encoding") != nullptr;
  if (!sized && (!request.body.empty() || carries_body(request.method)))
    request.headers.push_back({"Content-Length", std::to_string(request.body.size())});
  return wire::encode_request_head(request.method, request.target, request.headers) + request.body;
}

/// One read's worth of bytes; shared by all connections of a thread, since no read happens inside another.
std::span<char> read_room() {
  thread_local std::vector<char> room(limits::kHttpReadBytes);
  return room;
}

}  // namespace

struct ClientConnection::State : std::enable_shared_from_this<State> {
  enum class Phase { none, connecting, idle, active };

  State(os::Reactor& r, const Endpoint& e, const Endpoint& f) : reactor(r), endpoint(e), from(f) {}

  void begin();
  void connect();
  void ready(std::uint32_t ready_events);
  void on_connected();
  void write();
  void read();
  void parse(std::string_view input, Ns at);
  bool deliver_head(Ns at);
  void finish_exchange(bool reuse, Ns at);
  void connection_lost(Failure failure, const std::string& detail, Ns at);
  void fail(Failure failure, const std::string& detail, Ns at);
  void close();
  bool idle_is_alive();
  void watch(std::uint32_t wanted);

  os::Reactor& reactor;
  const Endpoint endpoint;
  const Endpoint from;
  os::Fd fd;
  Phase phase = Phase::none;
  std::uint32_t watched = 0;
  wire::Http1Parser parser{wire::Http1Parser::Role::response};
  std::shared_ptr<const ClientEvents> events;  ///< Whoever calls one of them keeps all: it may end the exchange.
  std::string method;
  std::string out;  ///< The whole request: it may have to be sent again.
  std::size_t sent = 0;
  bool write_failed = false;
  bool told_sent = false;
  bool got_byte = false;
  bool interim = false;  ///< The message being read is a 1xx.
  bool reused = false;
  bool repeated = false;
  int connects = 0;
  std::uint64_t exchange = 0;  ///< Changes whenever the caller cancels or begins: what runs then stops.
};

void ClientConnection::State::watch(std::uint32_t wanted) {
  if (wanted == watched) return;
  if (watched == 0)
    reactor.watch(fd.get(), wanted, [self = shared_from_this()](std::uint32_t got) { self->ready(got); });
  else
    reactor.change(fd.get(), wanted);
  watched = wanted;
}

void ClientConnection::State::close() {
  if (fd && watched != 0) reactor.forget(fd.get());
  watched = 0;
  fd.reset();
  phase = Phase::none;
}

bool ClientConnection::State::idle_is_alive() {
  std::array<char, 1> room;
  return os::read_some(fd.get(), room).kind == os::Transfer::Kind::again;
}

void ClientConnection::State::begin() {
  sent = 0;
  write_failed = told_sent = got_byte = interim = false;
  if (phase == Phase::idle && !idle_is_alive()) close();
  reused = phase == Phase::idle;
  if (!reused) return connect();
  phase = Phase::active;
  if (method == "HEAD") parser.next_has_no_body();
  write();
}

void ClientConnection::State::connect() {
  ++connects;
  reused = false;
  parser = wire::Http1Parser(wire::Http1Parser::Role::response);
  if (method == "HEAD") parser.next_has_no_body();
  phase = Phase::connecting;
  auto made = os::connect_tcp(endpoint, from);
  if (made) {
    fd = std::move(*made);
    os::set_nodelay(fd.get());
    return watch(EPOLLOUT);
  }
  // Later, since events other than on_sent never come from inside send().
  reactor.after(0, [self = shared_from_this(), mine = exchange, why = made.error().message()] {
    if (self->exchange == mine) self->fail(Failure::refused, why, self->reactor.now());
  });
}

void ClientConnection::State::ready(std::uint32_t ready_events) {
  if (phase == Phase::idle) return close();  // the server closed it, or spoke out of turn
  const std::uint64_t mine = exchange;
  const std::shared_ptr<const ClientEvents> keep = events;
  if (phase == Phase::connecting) return on_connected();
  if ((ready_events & EPOLLOUT) != 0) write();
  if (exchange == mine && phase == Phase::active && (ready_events & ~std::uint32_t{EPOLLOUT}) != 0) read();
}

void ClientConnection::State::on_connected() {
  if (const int error = os::socket_error(fd.get()); error != 0)
    return fail(Failure::refused, std::string("connect: ") + std::strerror(error), reactor.now());
  phase = Phase::active;
  write();
}

void ClientConnection::State::write() {
  while (sent < out.size() && !write_failed) {
    const os::Transfer moved = os::write_some(fd.get(), std::string_view(out).substr(sent));
    if (moved.kind == os::Transfer::Kind::again) break;
    // The server may have answered before it closed: reading decides what this was.
    write_failed = moved.kind != os::Transfer::Kind::bytes;
    sent += moved.count;
  }
  const bool pending = sent < out.size() && !write_failed;
  watch(pending ? EPOLLIN | EPOLLOUT : EPOLLIN);
  if (sent < out.size() || write_failed || std::exchange(told_sent, true)) return;
  if (events->on_sent) events->on_sent(reactor.now());
}

void ClientConnection::State::read() {
  const std::span<char> room = read_room();
  const os::Transfer got = os::read_some(fd.get(), room);
  const Ns at = reactor.now();
  switch (got.kind) {
    case os::Transfer::Kind::again:
      return;
    case os::Transfer::Kind::failed:
      return connection_lost(Failure::reset, std::string("read: ") + std::strerror(got.error), at);
    case os::Transfer::Kind::end:
      if (got_byte && !interim && parser.finish() == wire::Http1Parser::Step::end) return finish_exchange(false, at);
      return connection_lost(Failure::closed, "closed before the answer was whole", at);
    case os::Transfer::Kind::bytes:
      break;
  }
  const std::uint64_t mine = exchange;
  if (!std::exchange(got_byte, true) && events->on_first_byte) events->on_first_byte(at);
  if (exchange == mine) parse({room.data(), got.count}, at);
}

void ClientConnection::State::parse(std::string_view input, Ns at) {
  const std::uint64_t mine = exchange;
  // Every turn takes bytes off the input or ends the message.
  for (;;) {
    switch (parser.next(input)) {
      case wire::Http1Parser::Step::more:
        return;
      case wire::Http1Parser::Step::head:
        if (!deliver_head(at)) return;
        break;
      case wire::Http1Parser::Step::body:
        if (events->on_body) events->on_body(parser.body(), at);
        if (exchange != mine) return;
        break;
      case wire::Http1Parser::Step::end:
        if (!std::exchange(interim, false)) return finish_exchange(input.empty(), at);
        if (method == "HEAD") parser.next_has_no_body();
        break;
      case wire::Http1Parser::Step::error:
        return fail(Failure::broken, parser.error(), at);
    }
  }
}

/// False when the caller ended the exchange meanwhile.
bool ClientConnection::State::deliver_head(Ns at) {
  const int status = parser.head().status;
  interim = status < 200 && status != 101;
  if (interim || !events->on_head) return true;
  const std::uint64_t mine = exchange;
  events->on_head(parser.head(), at);
  return exchange == mine;
}

void ClientConnection::State::finish_exchange(bool reuse, Ns at) {
  if (reuse && parser.keep_alive() && sent == out.size()) {
    phase = Phase::idle;
    watch(EPOLLIN);
  } else {
    close();
  }
  ++exchange;
  const std::shared_ptr<const ClientEvents> ended = std::exchange(events, nullptr);
  if (ended->on_end) ended->on_end(at);
}

void ClientConnection::State::connection_lost(Failure failure, const std::string& detail, Ns at) {
  if (!reused || got_byte || repeated || !may_be_repeated(method)) return fail(failure, detail, at);
  repeated = true;
  close();
  begin();
}

void ClientConnection::State::fail(Failure failure, const std::string& detail, Ns at) {
  close();
  ++exchange;
  const std::shared_ptr<const ClientEvents> ended = std::exchange(events, nullptr);
  if (ended->on_failure) ended->on_failure(failure, detail, at);
}

ClientConnection::ClientConnection(os::Reactor& reactor, const Endpoint& endpoint, const Endpoint& from)
    : state_(std::make_shared<State>(reactor, endpoint, from)) {}

ClientConnection::~ClientConnection() { cancel(); }

void ClientConnection::send(ClientRequest request, ClientEvents events) {
  PL_ASSERT(!busy());
  ++state_->exchange;
  state_->events = std::make_shared<const ClientEvents>(std::move(events));
  state_->method = request.method;
  state_->out = encode(std::move(request), state_->endpoint);
  state_->repeated = false;
  const std::shared_ptr<State> state = state_;  // on_sent may destroy this
  const std::shared_ptr<const ClientEvents> keep = state->events;
  state->begin();
}

void ClientConnection::cancel(bool reset) {
  ++state_->exchange;
  if (reset && state_->fd) os::reset_on_close(state_->fd.get());
  state_->events = nullptr;
  state_->close();
}

bool ClientConnection::busy() const {
  return state_->phase == State::Phase::connecting || state_->phase == State::Phase::active;
}

bool ClientConnection::reusable() const { return state_->phase == State::Phase::idle; }
int ClientConnection::connects() const { return state_->connects; }
bool ClientConnection::reused() const { return state_->reused; }
const Endpoint& ClientConnection::endpoint() const { return state_->endpoint; }

}  // namespace pl::http

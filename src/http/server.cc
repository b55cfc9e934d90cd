#include "http/server.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <list>
#include <span>
#include <utility>
#include <vector>

#include "os/net.h"
#include "os/stream.h"

namespace pl::http {
namespace {

constexpr int kAcceptsPerTurn = 64;
constexpr Ns kAcceptPause = 100 * kMs;        ///< After running out of descriptors.
constexpr Ns kLinger = kSec;                  ///< How long a client may go on sending after we answered and closed.
constexpr std::size_t kPipelined = 64 << 10;  ///< Bytes of later requests kept while one is answered.
constexpr std::string_view kTooLarge = "the request's body is too large";

std::span<char> read_room() {
  thread_local std::vector<char> room(limits::kHttpReadBytes);
  return room;
}

}  // namespace

struct Server::Core : std::enable_shared_from_this<Server::Core> {
  Core(os::Reactor& r, const ServerOptions& o, Handler h) : reactor(r), options(o), handler(std::move(h)) {}
  void accept();
  bool make_room();

  os::Reactor& reactor;
  const ServerOptions options;
  const Handler handler;
  os::Fd listener;
  Endpoint endpoint;
  os::Reactor::TimerId pause = 0;
  std::list<std::shared_ptr<ServerConnection>> connections;  ///< The one that was active last stands last.
};

/// One client. Phases follow each other: reading a request, answering it, and again; or lingering, then closed.
class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  enum class Phase { reading, answering, lingering, closed };
  enum class Answer { none, streaming, done };

  ServerConnection(Server::Core& core, os::Fd fd) : core_(&core), reactor_(core.reactor), fd_(std::move(fd)) {}
  using Place = std::list<std::shared_ptr<ServerConnection>>::iterator;
  void start(Place place);
  void close();
  /// No request of it is being worked on: it waits for the client, to ask or to read the whole answer.
  bool idle() const { return phase_ != Phase::answering || answer_ == Answer::done; }

  // What Responder calls.
  void send(int status, wire::HttpHeaders headers, std::string_view body);
  void begin(int status, wire::HttpHeaders headers);
  void write(std::string_view bytes);
  void end();
  void abort();
  bool serves(std::uint64_t exchange) const {
    return phase_ == Phase::answering && exchange_ == exchange && answer_ != Answer::done;
  }
  bool begun() const { return answer_ == Answer::streaming; }

 private:
  void ready(std::uint32_t events);
  void read();
  void drain();
  void parse();
  bool on_head();
  void on_request();
  void refuse(int status, std::string_view why);
  void put(std::string_view bytes);
  void flush();
  void after_answer();
  void linger();
  void update_watch();
  void arm_timer(Ns length);
  void active() { core_->connections.splice(core_->connections.end(), core_->connections, place_); }

  Server::Core* core_;  ///< Valid until closed.
  Place place_;         ///< Among the core's connections, until closed.
  os::Reactor& reactor_;
  os::Fd fd_;
  Phase phase_ = Phase::reading;
  Answer answer_ = Answer::none;
  wire::Http1Parser parser_{wire::Http1Parser::Role::request};
  ServerRequest request_;
  std::string input_;   ///< Read and not yet parsed.
  std::string output_;  ///< Not yet taken by the kernel, from written_ on.
  std::size_t written_ = 0;
  std::uint64_t exchange_ = 0;
  std::uint32_t watched_ = 0;
  os::Reactor::TimerId timer_ = 0;
  bool head_only_ = false;
  bool chunked_ = false;
  bool keep_alive_ = true;
  bool peer_done_ = false;  ///< The client sent FIN; it may still read.
  bool parsing_ = false;    ///< An answer given inside the handler must not parse the next request underneath it.
};

void ServerConnection::start(Place place) {
  place_ = place;
  os::set_nodelay(fd_.get());
  update_watch();
  arm_timer(core_->options.idle);
}

void ServerConnection::close() {
  if (phase_ == Phase::closed) return;
  const auto keep = shared_from_this();
  phase_ = Phase::closed;
  reactor_.cancel(timer_);
  if (watched_ != 0) reactor_.forget(fd_.get());
  fd_.reset();
  Server::Core* core = std::exchange(core_, nullptr);
  core->connections.erase(place_);
}

void ServerConnection::arm_timer(Ns length) {
  reactor_.cancel(timer_);
  timer_ = reactor_.after(length, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->close();
  });
}

void ServerConnection::update_watch() {
  if (phase_ == Phase::closed) return;
  // Without EPOLLIN a client that went away is still told by EPOLLHUP.
  std::uint32_t wanted = EPOLLHUP;
  if (!peer_done_ && (phase_ != Phase::answering || input_.size() < kPipelined)) wanted |= EPOLLIN;
  if (written_ < output_.size()) wanted |= EPOLLOUT;
  if (wanted == watched_) return;
  if (watched_ == 0)
    reactor_.watch(fd_.get(), wanted, [self = shared_from_this()](std::uint32_t events) { self->ready(events); });
  else
    reactor_.change(fd_.get(), wanted);
  watched_ = wanted;
}

void ServerConnection::ready(std::uint32_t events) {
  const auto keep = shared_from_this();
  if ((events & (EPOLLHUP | EPOLLERR)) != 0 && (events & EPOLLIN) == 0) return close();
  if ((events & EPOLLOUT) != 0) flush();
  if (phase_ != Phase::closed && (events & EPOLLIN) != 0) read();
}

void ServerConnection::read() {
  if (phase_ == Phase::lingering) return drain();
  const std::span<char> room = read_room();
  const os::Transfer got = os::read_some(fd_.get(), room);
  if (got.kind == os::Transfer::Kind::again) return;
  if (got.kind == os::Transfer::Kind::failed) return close();
  if (got.kind == os::Transfer::Kind::end) {
    peer_done_ = true;
    if (phase_ == Phase::reading) return close();
    return update_watch();
  }
  active();
  input_.append(room.data(), got.count);
  if (phase_ == Phase::reading) {
    arm_timer(core_->options.idle);
    parse();
  }
  update_watch();
}

/// Reads and forgets what a client still sends after the last answer: closing at once would reset the connection, and
/// the answer could be lost (RFC 9112 section 9.6). The timer of linger() bounds it.
void ServerConnection::drain() {
  const os::Transfer got = os::read_some(fd_.get(), read_room());
  if (got.kind == os::Transfer::Kind::end || got.kind == os::Transfer::Kind::failed) close();
}

void ServerConnection::parse() {
  const auto keep = shared_from_this();
  parsing_ = true;
  std::string_view rest = input_;
  // Every turn takes bytes off the input or ends a message; one that is not answered yet stops it.
  bool more = true;
  while (more && phase_ == Phase::reading) {
    switch (parser_.next(rest)) {
      case wire::Http1Parser::Step::more:
        more = false;
        break;
      case wire::Http1Parser::Step::head:
        more = on_head();
        break;
      case wire::Http1Parser::Step::body:
        request_.body += parser_.body();
        if (request_.body.size() > core_->options.body_bytes) refuse(413, kTooLarge);
        break;
      case wire::Http1Parser::Step::end:
        on_request();
        break;
      case wire::Http1Parser::Step::error:
        refuse(parser_.error_status(), parser_.error());
        break;
    }
  }
  input_.erase(0, input_.size() - rest.size());
  parsing_ = false;
  // A half-closed client got all its answers.
  if (phase_ == Phase::reading && peer_done_) close();
}

bool ServerConnection::on_head() {
  request_ = {};
  const wire::HttpHead& head = parser_.head();
  // RFC 9112 section 3.2.
  const auto hosts = std::ranges::count_if(
      head.headers, [](const wire::HttpHeader& header) { return wire::equal_ignoring_case(header.name, "host"); });
  if (hosts > 1 || (hosts == 0 && head.minor == 1)) {
    refuse(400, "a request needs one Host field");
    return false;
  }
  // One that says so is refused before it is sent.
  std::uint64_t announced = 0;
  if (const std::string* length = head.find("content-length")) {
    std::from_chars(length->data(), length->data() + length->size(), announced);
  }
  if (announced > core_->options.body_bytes) {
    refuse(413, kTooLarge);
    return false;
  }
  if (wire::header_has_token(head.headers, "expect", "100-continue") && head.minor == 1 && parser_.has_body())
    put("HTTP/1.1 100 Continue\r\n\r\n");
  return true;
}

namespace {

/// A target that names its server too, as sent to a proxy, without that (RFC 9112 section 3.2.2).
std::string_view origin_form(std::string_view target) {
  const std::size_t mark = target.find("://");
  const bool names_scheme = mark != target.npos && target.find_first_of("/?") == mark + 1;
  if (!names_scheme) return target;
  const std::size_t path = target.find_first_of("/?", mark + 3);
  if (path == target.npos) return "/";
  return target.substr(path);
}

}  // namespace

void ServerConnection::on_request() {
  request_.head = parser_.head();
  const std::string_view target = origin_form(request_.head.target);
  const auto mark = target.find('?');
  request_.path = target.substr(0, mark);
  request_.query = mark == target.npos ? "" : target.substr(mark + 1);
  keep_alive_ = parser_.keep_alive();
  head_only_ = request_.head.method == "HEAD";
  phase_ = Phase::answering;
  answer_ = Answer::none;
  reactor_.cancel(timer_);
  ++exchange_;
  const ServerRequest request = std::move(request_);
  const auto core = core_->shared_from_this();  // the handler may destroy the server
  core->handler(request, Responder(shared_from_this(), exchange_));
}

void ServerConnection::refuse(int status, std::string_view why) {
  phase_ = Phase::answering;
  answer_ = Answer::none;
  keep_alive_ = head_only_ = false;
  ++exchange_;
  send(status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::string(why) + "\n");
}

void ServerConnection::send(int status, wire::HttpHeaders headers, std::string_view body) {
  // RFC 9110 section 8.6.
  if (status != 204) headers.push_back({"Content-Length", std::to_string(body.size())});
  if (!keep_alive_) headers.push_back({"Connection", "close"});
  // A client of HTTP/1.0 takes it for closed unless it is told (RFC 9112 section 9.3).
  if (keep_alive_ && parser_.head().minor == 0) headers.push_back({"Connection", "keep-alive"});
  std::string bytes = wire::encode_response_head(status, "", headers);
  if (!head_only_) bytes += body;
  answer_ = Answer::done;
  put(bytes);
  after_answer();
}

void ServerConnection::begin(int status, wire::HttpHeaders headers) {
  if (answer_ != Answer::none) return;
  chunked_ = parser_.head().minor == 1;
  if (chunked_) headers.push_back({"Transfer-Encoding", "chunked"});
  keep_alive_ = keep_alive_ && chunked_;
  if (!keep_alive_) headers.push_back({"Connection", "close"});
  answer_ = Answer::streaming;
  put(wire::encode_response_head(status, "", headers));
}

void ServerConnection::write(std::string_view bytes) {
  if (head_only_) return;
  put(chunked_ ? wire::encode_chunk(bytes) : std::string(bytes));
}

void ServerConnection::end() {
  answer_ = Answer::done;
  if (chunked_ && !head_only_) put(wire::kLastChunk);
  after_answer();
}

void ServerConnection::abort() {
  os::reset_on_close(fd_.get());
  close();
}

void ServerConnection::put(std::string_view bytes) {
  if (phase_ == Phase::closed) return;
  output_ += bytes;
  if (output_.size() - written_ > core_->options.pending_bytes + bytes.size()) return abort();
  flush();
}

void ServerConnection::flush() {
  // Every turn moves bytes or returns.
  while (written_ < output_.size()) {
    const os::Transfer moved = os::write_some(fd_.get(), std::string_view(output_).substr(written_));
    if (moved.kind == os::Transfer::Kind::again) break;
    if (moved.kind != os::Transfer::Kind::bytes) return close();
    written_ += moved.count;
    active();
  }
  if (written_ == output_.size()) {
    output_.clear();
    written_ = 0;
    if (phase_ == Phase::answering) reactor_.cancel(timer_);
    if (phase_ == Phase::answering && answer_ == Answer::done && !parsing_) return after_answer();
  } else {
    arm_timer(core_->options.idle);
  }
  update_watch();
}

/// The answer is complete on our side; goes on when the kernel has all of it.
void ServerConnection::after_answer() {
  if (phase_ != Phase::answering || answer_ != Answer::done || !output_.empty()) return;
  answer_ = Answer::none;
  if (!keep_alive_) return linger();
  phase_ = Phase::reading;
  arm_timer(core_->options.idle);
  if (!parsing_) parse();
  update_watch();
}

void ServerConnection::linger() {
  if (peer_done_) return close();
  os::shut_write(fd_.get());
  phase_ = Phase::lingering;
  input_.clear();
  arm_timer(kLinger);
  update_watch();
}

void Responder::send(int status, wire::HttpHeaders headers, std::string_view body) const {
  if (open() && !connection_->begun()) connection_->send(status, std::move(headers), body);
}

void Responder::begin(int status, wire::HttpHeaders headers) const {
  if (open()) connection_->begin(status, std::move(headers));
}

void Responder::write(std::string_view bytes) const {
  if (open() && connection_->begun()) connection_->write(bytes);
}

void Responder::end() const {
  if (open() && connection_->begun()) connection_->end();
}

void Responder::abort() const {
  if (open()) connection_->abort();
}

bool Responder::open() const { return connection_->serves(exchange_); }

void Server::Core::accept() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    auto accepted = os::accept_one(listener.get());
    if (!accepted) {
      const int error = accepted.error().source_code;
      if ((error == EMFILE || error == ENFILE) && make_room()) continue;
      // The listener stays readable, so look away for a while.
      reactor.change(listener.get(), 0);
      pause = reactor.after(kAcceptPause, [this] { reactor.change(listener.get(), EPOLLIN); });
      return;
    }
    if (!accepted->fd) return;
    if (connections.size() >= options.connections && !make_room()) continue;
    const auto connection = std::make_shared<ServerConnection>(*this, std::move(accepted->fd));
    connection->start(connections.insert(connections.end(), connection));
  }
}

/// False: no connection is idle.
bool Server::Core::make_room() {
  if (options.full) options.full();
  const auto found = std::ranges::find_if(connections, [](const auto& one) { return one->idle(); });
  if (found == connections.end()) return false;
  const std::shared_ptr<ServerConnection> oldest = *found;
  oldest->close();
  return true;
}

Result<std::unique_ptr<Server>> Server::create(os::Reactor& reactor, const ServerOptions& options, Handler handler) {
  auto core = std::make_shared<Core>(reactor, options, std::move(handler));
  core->listener = PL_TRY(os::listen_tcp(options.listen));
  core->endpoint = PL_TRY(os::local_endpoint(core->listener.get()));
  reactor.watch(core->listener.get(), EPOLLIN, [raw = core.get()](std::uint32_t) { raw->accept(); });
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

Server::~Server() {
  core_->reactor.cancel(core_->pause);
  core_->reactor.forget(core_->listener.get());
  const auto connections = core_->connections;
  for (const auto& connection : connections) connection->close();
}

const Endpoint& Server::endpoint() const { return core_->endpoint; }
std::size_t Server::connections() const { return core_->connections.size(); }

}  // namespace pl::http

#include "engine/kept_connections.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "http/server.h"
#include "os/net.h"
#include "os/reactor.h"

namespace pl::engine {
namespace {

/// A server on a thread of its own. `after` says what it does with requests after the signal.
class Peer {
 public:
  enum class After { answer, drop, gone };

  explicit Peer(After after) : after_(after), reactor_(os::Reactor::create(clock_).value()) {
    server_ = http::Server::create(*reactor_, {.listen = *os::parse_endpoint("127.0.0.1", 0)},
                                   [this](const http::ServerRequest&, http::Responder responder) {
                                     if (signalled_ && after_ == After::drop) return responder.abort();
                                     responder.send(signalled_ ? 503 : 200, {}, "hello");
                                   })
                  .value();
    at_ = server_->endpoint();
    thread_ = std::thread([this] { reactor_->run(); });
  }
  ~Peer() {
    reactor_->stop();
    thread_.join();
  }

  KeptConnections asked() {
    const auto signal = [this]() -> Result<void> {
      signalled_ = true;
      if (after_ == After::gone) reactor_->post([this] { server_.reset(); });
      return {};
    };
    return ask_kept(clock_, at_, {.headers = {{"Host", "peer"}}}, signal, []() -> Result<void> { return {}; }).value();
  }

 private:
  os::RealClock clock_;
  After after_;
  std::atomic<bool> signalled_{false};
  std::unique_ptr<os::Reactor> reactor_;
  std::unique_ptr<http::Server> server_;
  Endpoint at_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("kept connections that go on answering are answered, whatever the answer") {
  const KeptConnections seen = Peer(Peer::After::answer).asked();
  CHECK(seen.kept == 5);
  CHECK(seen.answered == 5);
  CHECK(seen.closed + seen.lost == 0);
}

TEST_CASE("a connection that is closed before it is asked anything loses nothing") {
  const KeptConnections seen = Peer(Peer::After::gone).asked();
  CHECK(seen.kept == 5);
  CHECK(seen.closed == 5);
  CHECK(seen.lost == 0);
}

TEST_CASE("a request without an answer is lost, though the client could repeat it") {
  const KeptConnections seen = Peer(Peer::After::drop).asked();
  CHECK(seen.kept == 5);
  CHECK(seen.lost == 5);
}

TEST_CASE("nobody listens: none is kept, and nobody is told to end") {
  const os::RealClock clock;
  bool told = false;
  const auto seen = ask_kept(
      clock, *os::parse_endpoint("127.0.0.1", 1), {},
      [&]() -> Result<void> {
        told = true;
        return {};
      },
      []() -> Result<void> { return {}; });
  REQUIRE(seen);
  CHECK(seen->kept == 0);
  CHECK_FALSE(told);
}

}  // namespace pl::engine

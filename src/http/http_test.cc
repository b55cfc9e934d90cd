// Client and server against each other over real sockets, and the server against raw bytes.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "http/client.h"
#include "http/server.h"
#include "os/net.h"
#include "os/stream.h"

using namespace pl;
using http::ClientConnection;
using http::Failure;

namespace {

/// A reactor, a server on a free port, and a bounded way to wait. Ten seconds only guard against a test that hangs.
struct World {
  os::RealClock clock;
  std::unique_ptr<os::Reactor> reactor;
  std::unique_ptr<http::Server> server;

  explicit World(http::Server::Handler handler, http::ServerOptions options = {}) {
    reactor = std::move(*os::Reactor::create(clock));
    options.listen = *os::parse_endpoint("127.0.0.1", 0);
    server = std::move(*http::Server::create(*reactor, options, std::move(handler)));
  }

  template <class Done>
  bool until(Done done, Ns longest = 10 * kSec) {
    const Ns end = clock.now() + longest;
    while (clock.now() < end) {
      if (done()) return true;
      reactor->run_once(10 * kMs);
    }
    return false;
  }

  /// Sends raw bytes and returns all that comes back until the server closes.
  std::string raw(std::string_view bytes, bool half_close = false) {
    os::Fd fd = std::move(*os::connect_tcp(server->endpoint()));
    std::string out;
    std::size_t sent = 0;
    const bool closed = until([&] {
      char room[4096];
      if (sent < bytes.size()) {
        sent += os::write_some(fd.get(), bytes.substr(sent)).count;
        if (sent == bytes.size() && half_close) os::shut_write(fd.get());
      }
      const os::Transfer got = os::read_some(fd.get(), room);
      if (got.kind == os::Transfer::Kind::bytes) out.append(room, got.count);
      return got.kind == os::Transfer::Kind::end || (got.kind == os::Transfer::Kind::failed && sent > 0);
    });
    return closed ? out : out + "<open>";
  }
};

/// What one exchange said.
struct Told {
  std::string text;
  bool done = false;
  Ns sent = 0, first = 0, last = 0;

  http::ClientEvents events() {
    return {.on_sent = [this](Ns at) { sent = at; },
            .on_first_byte = [this](Ns at) { first = at; },
            .on_head = [this](const wire::HttpHead& head, Ns) { text += std::to_string(head.status) + " "; },
            .on_body = [this](std::string_view bytes, Ns) { text += bytes; },
            .on_end = [this](Ns at) { text += " end", last = at, done = true; },
            .on_failure =
                [this](Failure failure, const std::string&, Ns) {
                  static constexpr const char* kNames[] = {"refused", "reset", "closed", "broken"};
                  text += kNames[static_cast<int>(failure)];
                  done = true;
                }};
  }
};

void echo(const http::ServerRequest& request, http::Responder responder) {
  responder.send(200, {}, request.head.method + " " + request.path + " " + request.query + " " + request.body);
}

}  // namespace

TEST_CASE("http: requests one after the other on one connection") {
  World world(echo);
  ClientConnection client(*world.reactor, world.server->endpoint());
  for (int i = 0; i < 3; ++i) {
    Told told;
    client.send({"POST", "/a?b=" + std::to_string(i), {}, std::string(200'000, 'x')}, told.events());
    REQUIRE(world.until([&] { return told.done; }));
    CHECK(told.text == "200 POST /a b=" + std::to_string(i) + " " + std::string(200'000, 'x') + " end");
    CHECK(told.sent <= told.first);
    CHECK(told.first <= told.last);
  }
  CHECK(client.connects() == 1);
  CHECK(client.reused());
}

TEST_CASE("http: HEAD has no body and the connection goes on") {
  World world(echo);
  ClientConnection client(*world.reactor, world.server->endpoint());
  for (const char* method : {"HEAD", "GET"}) {
    Told told;
    client.send({method, "/", {}, ""}, told.events());
    REQUIRE(world.until([&] { return told.done; }));
    CHECK(told.text == (std::string(method) == "HEAD" ? "200  end" : "200 GET /   end"));
  }
  CHECK(client.connects() == 1);
}

TEST_CASE("http: a stream arrives piece by piece") {
  std::shared_ptr<http::Responder> open;
  World world([&](const http::ServerRequest&, http::Responder responder) {
    responder.begin(200, {{"Content-Type", "text/event-stream"}});
    open = std::make_shared<http::Responder>(responder);
  });
  ClientConnection client(*world.reactor, world.server->endpoint());
  Told told;
  client.send({}, told.events());
  REQUIRE(world.until([&] { return told.text == "200 "; }));
  open->write("one,");
  REQUIRE(world.until([&] { return told.text == "200 one,"; }));
  CHECK_FALSE(told.done);
  open->write("two");
  open->end();
  CHECK_FALSE(open->open());
  REQUIRE(world.until([&] { return told.done; }));
  CHECK(told.text == "200 one,two end");
  CHECK(client.reusable());
}

TEST_CASE("http: kinds of failure") {
  World world([](const http::ServerRequest& request, http::Responder responder) {
    responder.begin(200, {});
    responder.write("part");
    if (request.path == "/reset") responder.abort();
  });
  SUBCASE("reset in the middle") {
    ClientConnection client(*world.reactor, world.server->endpoint());
    Told told;
    client.send({"GET", "/reset", {}, ""}, told.events());
    REQUIRE(world.until([&] { return told.done; }));
    CHECK(told.text.ends_with("reset"));
  }
  SUBCASE("closed in the middle") {
    ClientConnection client(*world.reactor, world.server->endpoint());
    Told told;
    client.send({}, told.events());
    REQUIRE(world.until([&] { return told.text == "200 part"; }));
    world.server.reset();
    REQUIRE(world.until([&] { return told.done; }));
    CHECK(told.text == "200 partclosed");
  }
  SUBCASE("refused") {
    const Endpoint nobody = world.server->endpoint();
    world.server.reset();
    ClientConnection client(*world.reactor, nobody);
    Told told;
    client.send({}, told.events());
    CHECK_FALSE(told.done);
    REQUIRE(world.until([&] { return told.done; }));
    CHECK(told.text == "refused");
    CHECK_FALSE(client.busy());
  }
}

TEST_CASE("http: an answer that is not HTTP is broken") {
  World world(echo);
  os::Fd listener = std::move(*os::listen_tcp(*os::parse_endpoint("127.0.0.1", 0)));
  ClientConnection client(*world.reactor, *os::local_endpoint(listener.get()));
  Told told;
  client.send({}, told.events());
  os::Fd peer;
  REQUIRE(world.until([&] { return static_cast<bool>(peer = std::move(os::accept_one(listener.get())->fd)); }));
  os::write_some(peer.get(), "SSH-2.0-OpenSSH\r\n");
  REQUIRE(world.until([&] { return told.done; }));
  CHECK(told.text == "broken");
}

TEST_CASE("http: a connection that was closed while idle is replaced") {
  World world([](const http::ServerRequest& request,
                 http::Responder responder) { responder.send(200, {{"X-Path", request.path}}, "ok"); },
              {.idle = 50 * kMs});
  ClientConnection client(*world.reactor, world.server->endpoint());
  for (int i = 1; i <= 2; ++i) {
    Told told;
    client.send({"POST", "/", {}, "x"}, told.events());
    REQUIRE(world.until([&] { return told.done; }));
    CHECK(told.text == "200 ok end");
    CHECK(client.connects() == i);
    REQUIRE(world.until([&] { return world.server->connections() == 0; }));
  }
}

TEST_CASE("http: callbacks may cancel, destroy and send anew") {
  World world(echo);
  auto client = std::make_unique<ClientConnection>(*world.reactor, world.server->endpoint());
  Told second;
  http::ClientEvents first;
  first.on_head = [&](const wire::HttpHead&, Ns) {
    client->cancel();
    client->send({}, second.events());
  };
  first.on_end = [](Ns) { FAIL("cancelled"); };
  client->send({}, std::move(first));
  REQUIRE(world.until([&] { return second.done; }));
  CHECK(client->connects() == 2);
  http::ClientEvents third;
  third.on_body = [&](std::string_view, Ns) { client.reset(); };
  client->send({}, std::move(third));
  REQUIRE(world.until([&] { return client == nullptr; }));
  REQUIRE(world.until([&] { return world.server->connections() == 0; }));
}

TEST_CASE("http server: pipelined requests, half-closed clients, HTTP/1.0") {
  World world(echo);
  const std::string three = world.raw(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
      true);
  CHECK(three.find("GET /1") < three.find("GET /2"));
  CHECK(three.find("GET /2") < three.find("GET /3"));
  CHECK(three.ends_with("GET /3  "));
  CHECK(world.raw("GET /old HTTP/1.0\r\n\r\n").ends_with("Connection: close\r\n\r\nGET /old  "));
  const std::string kept =
      world.raw("GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\nGET /3 HTTP/1.0\r\n\r\n");
  CHECK(kept.find("Connection: keep-alive\r\n\r\nGET /1  HTTP/1.1 200 OK") != std::string::npos);
  CHECK(kept.ends_with("Connection: close\r\n\r\nGET /2  "));
  CHECK(three.find("Connection:") == std::string::npos);
}

TEST_CASE("http server: 100-continue and a chunked request") {
  World world(echo);
  const std::string got = world.raw(
      "POST /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0\r\n\r\n");
  CHECK(got.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  CHECK(got.ends_with("POST /c  abc"));
}

TEST_CASE("http server: bad input is answered and closed") {
  World world(echo, {.body_bytes = 10});
  CHECK(world.raw("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(world.raw("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(world.raw("GET / HTTP/3.0\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 505 "));
  CHECK(world.raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890").starts_with("HTTP/1.1 413 "));
  // At once, and nobody is asked to send it.
  constexpr const char* kAnnounced = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000000\r\n";
  CHECK(world.raw(std::string(kAnnounced) + "\r\n").starts_with("HTTP/1.1 413 "));
  CHECK(world.raw(std::string(kAnnounced) + "Expect: 100-continue\r\n\r\n").starts_with("HTTP/1.1 413 "));
  CHECK(world.raw("GET /" + std::string(100'000, 'a')).starts_with("HTTP/1.1 431 "));
}

TEST_CASE("http server: random bytes never break it") {
  World world(echo, {.idle = 20 * kMs});
  Rng rng(3);
  for (int round = 0; round < 100; ++round) {
    std::string text = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (int i = 0; i < 3; ++i) text[rng.below(text.size())] = static_cast<char>(rng.below(256));
    world.raw(text, rng.below(2) == 0);
  }
  CHECK(world.raw("GET /alive HTTP/1.1\r\nHost: a\r\n\r\n", true).ends_with("GET /alive  "));
}

TEST_CASE("http server: a client that reads nothing is cut off at the limit") {
  World world(
      [](const http::ServerRequest&, http::Responder responder) {
        responder.begin(200, {});
        // Far more than the kernel's buffers hold.
        for (int i = 0; i < 1000 && responder.open(); ++i) responder.write(std::string(100'000, 'x'));
        CHECK_FALSE(responder.open());
      },
      {.pending_bytes = 1 << 20});
  os::Fd fd = std::move(*os::connect_tcp(world.server->endpoint()));
  REQUIRE(world.until([&] { return world.server->connections() == 1; }));
  os::write_some(fd.get(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(world.until([&] { return world.server->connections() == 0; }));
}

TEST_CASE("http server: when it is full the connection that is idle longest is closed for a new one") {
  int full = 0;
  std::vector<http::Responder> open;
  World world(
      [&](const http::ServerRequest& request, http::Responder responder) {
        if (request.path == "/later") {
          open.push_back(responder);
        } else {
          responder.send(200, {}, "now");
        }
      },
      {.connections = 3, .full = [&] { ++full; }});
  const auto is_closed = [](const os::Fd& fd) {
    char room[4096];
    return os::read_some(fd.get(), room).kind == os::Transfer::Kind::end;
  };
  std::vector<os::Fd> clients;
  for (const char* path : {"/later", "", "/now"}) {
    clients.push_back(std::move(*os::connect_tcp(world.server->endpoint())));
    REQUIRE(world.until([&] { return world.server->connections() == clients.size(); }));
    if (*path) os::write_some(clients.back().get(), std::string("GET ") + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  REQUIRE(world.until([&] { return open.size() == 1; }));
  CHECK(full == 0);
  // The first has been there longest, but waits for its answer.
  clients.push_back(std::move(*os::connect_tcp(world.server->endpoint())));
  REQUIRE(world.until([&] { return is_closed(clients[1]); }));
  CHECK(full == 1);
  char room[4096];
  CHECK(world.until([&] { return os::read_some(clients[2].get(), room).kind == os::Transfer::Kind::bytes; }));
  CHECK_FALSE(is_closed(clients[2]));
  // Where each is being answered, the new one is closed.
  for (const std::size_t busy : {2, 3}) os::write_some(clients[busy].get(), "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(world.until([&] { return open.size() == 3; }));
  clients.push_back(std::move(*os::connect_tcp(world.server->endpoint())));
  REQUIRE(world.until([&] { return is_closed(clients.back()); }));
  CHECK(full == 2);
  for (const http::Responder& responder : open) {
    CHECK(responder.open());
    responder.send(200, {}, "later");
  }
}

TEST_CASE("http server: the handler may destroy the server") {
  World* inside = nullptr;
  World world([&](const http::ServerRequest&, http::Responder responder) {
    inside->server.reset();
    CHECK_FALSE(responder.open());
    responder.send(200, {}, "too late");
  });
  inside = &world;
  CHECK(world.raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n").empty());
}

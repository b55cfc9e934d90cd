// Sandbox and relay together: what one hands over the other carries and counts.
#include <doctest/doctest.h>

#include "echo.h"
#include "proxy/relay.h"
#include "rig.h"

using namespace pl;

TEST_CASE("every intercepted connect passes the relay, and refused ones are counted there") {
  test::EchoServer server;
  const test::ClosedPort closed_port;
  const int closed = closed_port.port;
  os::RealClock clock;
  std::mutex mutex;
  std::vector<record::Observation> log;
  const record::Sink sink = [&](record::Observation one) {
    const std::lock_guard lock(mutex);
    log.push_back(std::move(one));
  };
  auto relay = proxy::Relay::start(clock, sink, 1);
  REQUIRE(relay);
  sandbox::Options options{.clock = clock, .sink = sink};
  options.relay4 = (*relay)->listen4();
  options.relay6 = (*relay)->listen6();
  options.handoff_fd = (*relay)->handoff_fd();
  auto box = sandbox::Sandbox::start(std::move(options));
  REQUIRE(box);
  (*relay)->release_handoff_fd();
  const auto pid =
      (*box)->spawn({.argv = {test::built("client"), "127.0.0.1", std::to_string(server.port), std::to_string(closed)},
                     .env = test::environment()});
  REQUIRE(pid);
  for (int i = 0; i < 3000 && !(*box)->exit_status(*pid); ++i) os::sleep_for(10 * kMs);
  REQUIRE((*box)->exit_status(*pid));
  CHECK((*box)->exit_status(*pid)->status == 0);
  (*box)->stop();
  (*relay)->stop();
  std::int64_t connects = 0, refused = 0, bytes = 0;
  for (const auto& each : log) {
    if (each.kind != record::FlowSecond::kName) continue;
    const auto second = record::decode<record::FlowSecond>(each.payload);
    CHECK(second.pid == *pid);
    connects += second.port == server.port ? second.connects : 0;
    bytes += second.port == server.port ? second.bytes_up : 0;
    refused += second.port == closed ? second.refused : 0;
  }
  CHECK(connects == 40);
  CHECK(bytes == 40 * 5);
  CHECK(refused == 40);
}

#include "proxy/relay.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <thread>

#include "base/histogram.h"
#include "proxy/rig_test.h"

using namespace pl;
using namespace pl::proxy;
using namespace pl::proxy::rig;

TEST_CASE("bytes pass both ways, whichever half comes first and whoever speaks first") {
  Rig rig;
  for (const bool announced_first : {true, false}) {
    Ends ends = rig.open(0, announced_first);
    CHECK(say(ends.destination, "hello"));
    CHECK(hear(ends.program) == "hello");
    CHECK(say(ends.program, "ask"));
    CHECK(hear(ends.destination) == "ask");
    CHECK(say(ends.destination, "answer"));
    CHECK(hear(ends.program) == "answer");
  }
}

TEST_CASE("IPv6 goes by its own listener") {
  Rig rig("::1");
  REQUIRE(rig.relay->listen6().family == 6);
  Ends ends = rig.open();
  CHECK(say(ends.program, "ask"));
  CHECK(hear(ends.destination) == "ask");
}

TEST_CASE("a FIN stays a FIN: a half-closed connection still gets its answer") {
  Rig rig;
  Ends ends = rig.open();
  CHECK(say(ends.program, "all"));
  shutdown(ends.program.get(), SHUT_WR);
  CHECK(hear(ends.destination) == "all");
  CHECK(hear(ends.destination) == "");
  poll(nullptr, 0, 20);
  CHECK(say(ends.destination, "answer"));
  CHECK(hear(ends.program) == "answer");
  ends.destination.reset();
  CHECK(hear(ends.program) == "");
  CHECK(rig.until([](const auto& flows) { return flows.at(0).open == 0 && flows.at(0).resets == 0; }));
}

TEST_CASE("a reset stays a reset, from either side") {
  Rig rig;
  Ends first = rig.open(), second = rig.open();
  os::reset_on_close(first.program.get());
  first.program.reset();
  CHECK(hear(first.destination) == kReset);
  CHECK(say(second.destination, "last words"));
  os::reset_on_close(second.destination.get());
  second.destination.reset();
  CHECK(hear(second.program) == "last words");
  CHECK(hear(second.program) == kReset);
  CHECK(rig.until([](const auto& flows) { return flows.at(0).open == 0 && flows.at(0).resets == 2; }));
}

TEST_CASE("what a destination said before it failed still arrives") {
  Rig rig;
  Ends ends = rig.open();
  CHECK(say(ends.destination, "too large"));
  CHECK(hear(ends.program) == "too large");
  CHECK(say(ends.program, "unread"));
  poll(nullptr, 0, 50);
  ends.destination.reset();  // unread bytes: its kernel sends RST
  CHECK(hear(ends.program) == kReset);
}

TEST_CASE("a half that nobody claims is closed after a second") {
  Rig rig;
  os::Fd stranger(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  make_blocking(stranger);
  const os::SocketAddress to = os::to_sockaddr(rig.relay->listen4());
  REQUIRE(connect(stranger.get(), to.get(), to.length) == 0);
  os::Fd upstream = rig.upstream_to(rig.destination);
  os::Fd accepted = std::move(os::accept_one(rig.listener.get())->fd);
  make_blocking(accepted);
  Handoff unclaimed{*os::parse_endpoint("127.9.9.9", 1), rig.destination, kProcess, 0, 0};
  REQUIRE(os::send_handoff(rig.relay->handoff_fd(), unclaimed, upstream.get()));
  upstream.reset();
  const Ns start = rig.clock.now();
  CHECK(hear(stranger) == kReset);
  CHECK(hear(accepted) == kReset);
  CHECK(rig.clock.now() - start > 900 * kMs);
}

TEST_CASE("an undecided upstream is waited for, and its failure resets the program") {
  Rig rig;
  os::Fd free = *os::listen_tcp(*os::parse_endpoint("127.0.0.1", 0));
  const Endpoint nobody = *os::local_endpoint(free.get());
  free.reset();
  os::Fd program = rig.announce(os::Fd(), nobody);
  CHECK(hear(program) == kReset);
  CHECK(rig.until([](const auto& flows) { return flows.at(0).open == 0 && flows.at(0).connects == 1; }));
  os::Fd good = rig.announce(os::Fd(), rig.destination);
  REQUIRE(readable(rig.listener, kPatienceMs));
  os::Fd accepted = std::move(os::accept_one(rig.listener.get())->fd);
  make_blocking(accepted);
  CHECK(say(good, "ask"));
  CHECK(hear(accepted) == "ask");
}

TEST_CASE("a second is told once, with what it carried, and the protocol with it") {
  Rig rig;
  Ends ends = rig.open(17);
  for (int i = 0; i < 3; ++i) {
    CHECK(say(ends.program, "ask"));
    CHECK(hear(ends.destination) == "ask");
    CHECK(say(ends.destination, "answer"));
    CHECK(hear(ends.program) == "answer");
  }
  const std::vector<FlowTotals> totals = rig.relay->totals();
  REQUIRE(totals.size() == 1);
  CHECK(totals[0].owner == 17);
  CHECK(totals[0].process == 0);
  CHECK(totals[0].requests == 3);
  CHECK(totals[0].exchanges == 3);
  CHECK(totals[0].bytes_down == 18);
  CHECK(totals[0].oldest_unanswered == 0);
  rig.relay->stop();
  std::int64_t exchanges = 0, open = -1, answered = 0;
  for (const auto& second : rig.all<record::FlowSecond>()) {
    exchanges += second.exchanges;
    open = second.open;
    if (!second.latency.empty()) answered += Histogram::decode(second.latency)->count();
  }
  CHECK(exchanges == 3);
  CHECK(answered == 3);
  CHECK(open == 0);
}

TEST_CASE("a process that becomes a component takes its connections with it") {
  Rig rig;
  Ends ends = rig.open();
  CHECK(say(ends.program, "ask"));
  CHECK(hear(ends.destination) == "ask");
  rig.relay->reown(kProcess, 99);
  const auto fault = rig.relay->inject(rig.edge(99), "refuse", {});
  REQUIRE(fault);
  CHECK(hear(ends.program) == kReset);
  CHECK(rig.relay->effect(*fault).reset == 1);
  const auto flows = rig.relay->totals();
  REQUIRE(flows.size() == 2);
  CHECK(flows[0].open == 0);
  CHECK(flows[1].owner == 99);
}

TEST_CASE("a long answer after a half-close arrives whole, though the program reads slowly and both ends said FIN") {
  Rig rig;
  Ends ends = rig.open();
  shutdown(ends.program.get(), SHUT_WR);
  CHECK(hear(ends.destination) == "");
  const std::string answer(24 << 20, 'a');
  std::thread speaker([&] {
    for (std::size_t at = 0; at < answer.size();) {
      const ssize_t put = send(ends.destination.get(), answer.data() + at, answer.size() - at, MSG_NOSIGNAL);
      if (put <= 0) return;
      at += static_cast<std::size_t>(put);
    }
    ends.destination.reset();
  });
  poll(nullptr, 0, 100);
  std::size_t heard = 0;
  for (std::string part = hear(ends.program); !part.empty() && part != kReset; part = hear(ends.program)) {
    heard += part.size();
    if (heard < (4u << 20)) poll(nullptr, 0, 1);
  }
  speaker.join();
  CHECK(heard == answer.size());
}

#include "os/reactor.h"

#include <doctest/doctest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

using namespace pl;

TEST_CASE("timers fire in order, a cancelled one does not") {
  os::RealClock clock;
  auto reactor = os::Reactor::create(clock).value();
  // One moment that all three count from: a machine that stands still between two lines changes no order.
  const Ns start = clock.now();
  std::string order;
  reactor->at(start + 3 * kMs, [&] {
    order += 'c';
    reactor->stop();
  });
  const auto cancelled = reactor->at(start + 2 * kMs, [&] { order += 'x'; });
  reactor->at(start + 1 * kMs, [&] { order += 'a'; });
  reactor->cancel(cancelled);
  reactor->run();
  CHECK(order == "ac");
}

TEST_CASE("a watch that is forgotten inside its callback is not called again") {
  os::RealClock clock;
  auto reactor = os::Reactor::create(clock).value();
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const os::Fd reader(pipe_ends[0]), writer(pipe_ends[1]);
  int calls = 0;
  reactor->watch(reader.get(), EPOLLIN, [&](std::uint32_t) {
    ++calls;
    reactor->forget(reader.get());
  });
  REQUIRE(write(writer.get(), "x", 1) == 1);
  for (int i = 0; i < 3; ++i) reactor->run_once(5 * kMs);
  CHECK(calls == 1);
}

TEST_CASE("another thread can post and stop") {
  os::RealClock clock;
  auto reactor = os::Reactor::create(clock).value();
  int ran = 0;
  std::thread other([&] {
    reactor->post([&] {
      ++ran;
      reactor->stop();
    });
  });
  reactor->run();
  other.join();
  CHECK(ran == 1);
}

TEST_CASE("a distant timer, and a nearer one that comes later") {
  os::RealClock clock;
  auto reactor = os::Reactor::create(clock).value();
  std::string order;
  const Ns begun = clock.now();
  reactor->at(begun + 60 * kMs, [&] {
    order += 'b';
    reactor->stop();
  });
  const auto cancelled = reactor->at(begun + 40 * kMs, [&] { order += 'x'; });
  reactor->at(begun + 30 * kMs, [&] {
    order += 'a';
    reactor->cancel(cancelled);
  });
  reactor->run();
  CHECK(order == "ab");
  CHECK(clock.now() - begun >= 60 * kMs);
}

TEST_CASE("an edge-triggered watch tells once, and again when it is set anew") {
  os::RealClock clock;
  auto reactor = os::Reactor::create(clock).value();
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const os::Fd reader(pipe_ends[0]), writer(pipe_ends[1]);
  int calls = 0;
  reactor->watch(reader.get(), EPOLLIN | EPOLLET, [&](std::uint32_t) { ++calls; });
  REQUIRE(write(writer.get(), "x", 1) == 1);
  for (int i = 0; i < 3; ++i) reactor->run_once(kMs);
  CHECK(calls == 1);
  reactor->change(reader.get(), EPOLLIN | EPOLLET);
  for (int i = 0; i < 3; ++i) reactor->run_once(kMs);
  CHECK(calls == 2);
}

TEST_CASE("a timer that is due at once fires at the end of the turn, before distant ones are waited for") {
  os::RealClock clock;
  auto reactor = os::Reactor::create(clock).value();
  std::string order;
  reactor->after(300 * kMs, [&] {
    order += 'b';
    reactor->stop();
  });
  reactor->post([&] { reactor->at(0, [&] { order += 'a'; }); });
  reactor->run();
  CHECK(order == "ab");
}

TEST_CASE("a reactor that lets events come together serves every descriptor, and its timers") {
  os::RealClock clock;
  auto reactor = os::Reactor::create(clock).value();
  reactor->moderate();
  constexpr std::size_t kRings = 80;
  std::vector<os::Fd> rings;
  std::vector<int> served(kRings);
  for (std::size_t i = 0; i < kRings; ++i) rings.emplace_back(eventfd(0, EFD_NONBLOCK));
  const auto wake = [](int fd) { REQUIRE(eventfd_write(fd, 1) == 0); };
  for (std::size_t i = 0; i < kRings; ++i) {
    // Each takes its turn, works, and wakes the next one: never more than one has an event.
    reactor->watch(rings[i].get(), EPOLLIN, [&, i](std::uint32_t) {
      eventfd_t count = 0;
      REQUIRE(eventfd_read(rings[i].get(), &count) == 0);
      ++served[i];
      reactor->answered(kMs);
      for (const Ns until = clock.now() + 20 * kUs; clock.now() < until;) continue;
      wake(rings[(i + 1) % kRings].get());
    });
  }
  int fired = 0;
  reactor->after(30 * kMs, [&] { ++fired; });
  reactor->after(60 * kMs, [&] { reactor->stop(); });
  wake(rings[0].get());
  reactor->run();
  CHECK(fired == 1);
  CHECK(std::ranges::none_of(served, [](int times) { return times == 0; }));
  for (os::Fd& ring : rings) reactor->forget(ring.get());
}

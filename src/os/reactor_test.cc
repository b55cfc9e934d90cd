#include "os/reactor.h"

#include <doctest/doctest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <thread>

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

#include <doctest/doctest.h>

#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("latency: once per exchange, at the first byte of the answer") {
  Playbook book;
  book.play(R"(
    0 fault latency {"delay": 100}
    0 down greeting
    0 > down greeting
    1 up ask
    1 > up ask
    3 down ans
    5 down wer
    103 > down answer
    110 down tail
    110 > down tail
    200 up ask
    200 > up ask
    201 down second
    301 > down second
    301 fin down
    301 > fin down
  )");
  CHECK(book.measure(1).added.count() == 2);
  CHECK(book.measure(1).added.percentile(50) / kMs == 100);
  CHECK(book.measure(1).late.max() == 0);
}

TEST_CASE("latency: exchanges under way together are late, not slower") {
  Playbook().play(R"(
    0 fault latency {"delay": 100}
    0 up a
    0 > up a
    10 down A
    20 up b
    20 > up b
    30 down B
    110 > down A
    130 > down B
  )");
}

TEST_CASE("latency: an end waits behind what it follows, and removal lets both go") {
  Playbook().play(R"(
    0 fault latency {"delay": 100}
    0 up a
    0 > up a
    10 down A
    11 fin down
    50 remove 1
    50 > down A
    50 > fin down
  )");
}

TEST_CASE("latency: a multiple of the usual time") {
  Playbook book;
  book.set_usual(30 * kMs);
  book.play(R"(
    0 fault latency {"factor": 2}
    0 up a
    0 > up a
    30 down A
    60 > down A
  )");
  const FaultRow* row = *find_fault("latency");
  const Values doubled = *read_values(*row, *Json::parse(R"({"factor": 2})"));
  CHECK(row->make(doubled, {Rng(1), 0, nullptr}).error().code == Errc::config);
}

TEST_CASE("latency: jitter stays within its bounds, keeps the order and repeats by seed") {
  const FaultRow* row = *find_fault("latency");
  const Values values = *read_values(*row, *Json::parse(R"({"delay": 50, "jitter": 20})"));
  for (const int round : {0, 1}) {
    Measure measure, again;
    for (Measure* one : {&measure, &again}) {
      auto fault = *row->make(values, {Rng(static_cast<std::uint64_t>(round)), 0, one});
      auto tap = fault->attach({});
      for (int i = 0; i < 100; ++i) {
        const Ns now = i * kSec;
        tap->arrive(Way::up, "q", now);
        tap->arrive(Way::down, "a", now);
        const Step first = tap->admit(Way::down, {"a"}, now);
        CHECK(first.pass == 0);
        CHECK(first.again >= now + 30 * kMs);
        CHECK(first.again <= now + 70 * kMs);
        CHECK(tap->admit(Way::down, {"a"}, first.again).pass == 1);
      }
    }
    CHECK(measure.added == again.added);
    CHECK(measure.added.max() - measure.added.min() > 20 * kMs);
  }
}

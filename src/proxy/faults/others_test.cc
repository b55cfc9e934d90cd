#include <doctest/doctest.h>

#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("refuse: whatever is open or comes is reset") {
  Playbook(false).play(R"(
    5 fault refuse
    5 > rst
  )");
  Playbook(true).play(R"(
    5 fault refuse
    5 > rst
  )");
}

TEST_CASE("reset: an open connection at once, though nothing flows; a new one after its first data") {
  Playbook(false).play(R"(
    5 fault reset
    5 > rst
  )");
  Playbook(false).play(R"(
    5 fault reset {"after": 20}
    7 up ask
    7 > up ask
    25 > rst
  )");
  Playbook(true).play(R"(
    5 fault reset {"after": 20}
    100 down hello
    100 > down hello
    120 > rst
  )");
}

TEST_CASE("stall: each answer stops in mid-stream, and goes on after removal") {
  Playbook().play(R"(
    0 fault stall {"bytes": 4}
    0 down greeting
    0 > down greeting
    1 up a
    1 > up a
    2 down ok
    2 > down ok
    3 up b
    3 > up b
    4 down 123456
    4 > down 1234
    5 down 789
    6 fin down
    90 remove 1
    90 > down 56789
    90 > fin down
  )");
}

TEST_CASE("cut: the rest of an answer goes nowhere") {
  Playbook().play(R"(
    0 fault cut {"bytes": 4}
    1 up a
    1 > up a
    2 down 12
    2 > down 12
    3 down 3456
    3 > down 34
    3 > fin down
    4 down 78
    5 fin up
    5 > fin up
  )");
}

TEST_CASE("bandwidth: bytes pass evenly at the rate") {
  Playbook book;
  book.play(R"(
    0 fault bandwidth {"rate": 1}
    0 down abcdef
    2 > down ab
    4 > down cd
    6 > down ef
    10 fin down
    10 > fin down
  )");
  CHECK(book.measure(1).bytes[1] == 6);
  // What comes after a pause takes its time like all else.
  Playbook().play(R"(
    0 fault bandwidth {"rate": 1}
    0 down a
    1 > down a
    100 down bcd
    102 > down bc
    103 > down d
  )");
}

TEST_CASE("bandwidth: connections that share a rate take turns") {
  const FaultRow* row = *find_fault("bandwidth");
  auto measure = std::make_shared<Measure>();
  auto fault = *row->make(*read_values(*row, *Json::parse(R"({"rate": 10})")), {Rng(1), 0, measure.get()});
  Chain chains[3];
  std::size_t passed[3] = {};
  for (Chain& one : chains) one.add(1, fault->attach({}), measure, 0);
  for (Ns now = 0; now <= kSec; now += kMs) {
    for (std::size_t i = 0; i < std::size(chains); ++i) {
      if (chains[i].waiting(Way::down) < 1000) chains[i].arrive(Way::down, std::string(1000, 'x'), now);
      chains[i].run(now);
      passed[i] += chains[i].out(Way::down).size();
      chains[i].out(Way::down).consume(chains[i].out(Way::down).size());
    }
  }
  const std::size_t all = passed[0] + passed[1] + passed[2];
  CHECK(all >= 9'900);
  CHECK(all <= 10'000);
  for (const std::size_t one : passed) CHECK(one >= all / 3 - 20);
}

TEST_CASE("throttle: where the server has ended, no answer is waited for") {
  const FaultRow* row = *find_fault("throttle");
  auto measure = std::make_shared<Measure>();
  auto fault = *row->make(*read_values(*row, {}), {Rng(1), 0, measure.get()});
  Chain first, second;
  for (Chain* one : {&first, &second}) {
    one->add(1, fault->attach({}), measure, 0);
    one->arrive(Way::up, "ask", 0);
    one->run(0);
  }
  CHECK(second.out(Way::up).empty());
  first.end(Way::down, End::fin, kMs);
  first.run(kMs);
  second.run(2 * kMs);
  CHECK(second.out(Way::up).view() == "ask");
}

TEST_CASE("throttle: only so many requests at once, first come first served") {
  const FaultRow* row = *find_fault("throttle");
  auto measure = std::make_shared<Measure>();
  auto fault = *row->make(*read_values(*row, {}), {Rng(1), 0, measure.get()});
  Chain first, second, third;
  for (Chain* one : {&first, &second, &third}) one->add(1, fault->attach({}), measure, 0);
  Ns now = 0;
  const auto passed = [&](Chain& one, Way way) {
    one.run(now);
    const std::string text(one.out(way).view());
    one.out(way).consume(text.size());
    return text;
  };
  for (Chain* one : {&first, &second, &third}) one->arrive(Way::up, "ask", now);
  CHECK(passed(third, Way::up) == "");
  CHECK(passed(second, Way::up) == "");
  CHECK(passed(first, Way::up) == "ask");
  first.arrive(Way::down, "answer", now);
  CHECK(passed(first, Way::down) == "answer");
  now = 5 * kMs;
  CHECK(passed(third, Way::up) == "");
  CHECK(second.next() <= now);
  CHECK(passed(second, Way::up) == "ask");
  second.remove(1, now);
  CHECK(passed(third, Way::up) == "ask");
  CHECK(measure->added.max() >= 5 * kMs);
}

TEST_CASE("a stack keeps its order, and taking one out keeps the bytes") {
  Playbook().play(R"(
    0 fault latency {"delay": 10}
    0 fault stall {"bytes": 2}
    0 up a
    0 > up a
    5 down 12345
    15 > down 12
    20 remove 2
    20 > down 345
  )");
}

TEST_CASE("parameters: unknown names, wrong types and values out of range are said clearly") {
  const FaultRow* row = *find_fault("latency");
  CHECK(find_fault("latancy").error().message().find("silent, latency") != std::string::npos);
  const auto refused = [&](const char* json) {
    const Result<Values> values = read_values(*row, *Json::parse(json));
    REQUIRE_FALSE(values);
    CHECK(values.error().code == Errc::config);
    return values.error().message();
  };
  CHECK(refused(R"({"dely": 1})").find("no parameter \"dely\"; it has: delay, jitter, factor") != std::string::npos);
  CHECK(refused(R"({"delay": -1})").find("from 0 to 3600000 ms, not -1") != std::string::npos);
  CHECK(refused(R"({"delay": "1"})").find("must be a number") != std::string::npos);
  CHECK(refused(R"([1])").find("must be an object") != std::string::npos);
  CHECK(read_values(*row, {})->to_json()["delay"].as_int() == 200);
}

TEST_CASE("any stack, any split, any toggling: no byte is lost, doubled or reordered") {
  struct Keeping {
    const char *name, *json;
  };
  const Keeping keeping[] = {{"silent", "{}"},
                             {"stall", "{}"},
                             {"throttle", "{}"},
                             {"latency", R"({"latency": 15, "jitter": 10})"},
                             {"bandwidth", R"({"rate": 100})"},
                             {"slicer", R"({"average_size": 500, "size_variation": 400, "delay": 300})"},
                             {"slow_close", R"({"delay": 5})"},
                             {"slow_connect", R"({"delay": 9})"},
                             {"noop", "{}"}};
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Rng rng(seed);
    std::vector<std::shared_ptr<Measure>> measures;
    std::vector<std::unique_ptr<Fault>> faults;
    std::vector<std::int64_t> active;
    Chain chain;
    std::string said[2], heard[2];
    Ns now = 0;
    const auto hear = [&] {
      chain.run(now);
      for (const Way way : kWays) {
        heard[index(way)] += chain.out(way).view();
        chain.out(way).consume(chain.out(way).size());
      }
    };
    for (int step = 0; step < 400; ++step) {
      now += static_cast<Ns>(rng.below(20 * kMs));
      const Way way = rng.below(2) == 0 ? Way::up : Way::down;
      const std::uint64_t choice = rng.below(10);
      if (choice == 0 && active.size() < 4) {
        const Keeping& fault = keeping[rng.below(std::size(keeping))];
        const FaultRow* row = find_toxic(fault.name);
        measures.push_back(std::make_shared<Measure>());
        faults.push_back(
            *row->make(*read_values(*row, *Json::parse(fault.json)), {Rng(seed), 0, measures.back().get()}));
        active.push_back(static_cast<std::int64_t>(faults.size()));
        chain.add(active.back(), faults.back()->attach({.fresh = rng.below(2) == 0}), measures.back(), now,
                  static_cast<Ways>(1 + rng.below(3)));
      } else if (choice == 1 && !active.empty()) {
        const std::size_t which = rng.below(active.size());
        chain.remove(active[which], now);
        active.erase(active.begin() + static_cast<std::ptrdiff_t>(which));
      } else if (chain.reads(way)) {
        std::string bytes(1 + rng.below(3000), 0);
        for (char& byte : bytes) byte = static_cast<char>(rng.next());
        said[index(way)] += bytes;
        chain.arrive(way, bytes, now);
      }
      hear();
      for (const Way one : kWays) REQUIRE(said[index(one)].starts_with(heard[index(one)]));
    }
    for (const std::int64_t id : active) chain.remove(id, now);
    for (const Way way : kWays) chain.end(way, End::fin, now);
    hear();
    for (const Way way : kWays) {
      CHECK(said[index(way)] == heard[index(way)]);
      CHECK(chain.out_end(way) == End::fin);
    }
    for (const auto& measure : measures) CHECK(measure->held == 0);
  }
}

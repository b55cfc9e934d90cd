#include <doctest/doctest.h>

#include <algorithm>
#include <bit>

#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("latency as a toxic: every byte of its stream, and only that; another value holds for what waits") {
  Playbook book;
  book.play(R"(
    0 toxic down latency {"latency": 100}
    0 up ask
    0 > up ask
    1 down a
    30 down b
    101 > down a
    130 > down b
    140 fin down
    140 > fin down
    150 fin up
    150 > fin up
  )");
  CHECK(book.measure(1).added.count() == 2);
  Playbook().play(R"(
    0 toxic down latency {"latency": 10000}
    0 down a
    5 fin down
    50 update 1 {"latency": 60}
    60 > down a
    60 > fin down
  )");
}

TEST_CASE("latency as a toxic: jitter keeps the order; many arrivals do not take memory without bound") {
  const FaultRow* row = find_toxic("latency");
  Measure measure;
  const auto fault =
      *row->make(*read_values(*row, *Json::parse(R"({"latency": 50, "jitter": 40})")), {Rng(1), 0, &measure});
  const auto tap = fault->attach({});
  std::string waiting;
  std::size_t passed = 0;
  for (Ns now = 0; now < 400 * kMs; now += 10 * kUs) {
    if (now < 200 * kMs) {
      waiting += 'x';
      tap->arrive(Way::down, "x", now);
    }
    const Step step = tap->admit(Way::down, {waiting}, now);
    passed += step.pass;
    waiting.erase(0, step.pass);
    if (now < 9 * kMs) CHECK(passed == 0);
  }
  CHECK(passed == 20'000);
  CHECK(measure.added.count() <= 10'001);  // arrivals that lie close together are one
  CHECK(measure.asked.max() - measure.asked.min() > 40 * kMs);
  CHECK(tap->room() > limits::kRelayQueueBytes);
}

TEST_CASE("bandwidth as a toxic: a rate for each stream; 0 stops, and a new rate goes on at once") {
  Playbook().play(R"(
    0 toxic down bandwidth {"rate": 1}
    0 up all
    0 > up all
    0 down abcd
    2 > down ab
    4 > down cd
  )");
  Playbook().play(R"(
    0 toxic down bandwidth
    0 down ab
    50 update 1 {"rate": 1}
    52 > down ab
  )");
}

TEST_CASE("slow_close: bytes pass, the end comes later") {
  Playbook().play(R"(
    0 toxic up slow_close {"delay": 50}
    0 up a
    0 > up a
    10 fin up
    20 fin down
    20 > fin down
    60 > fin up
  )");
}

TEST_CASE("timeout: its stream is dropped; the connection closes after the time, however busy") {
  Playbook().play(R"(
    0 toxic down timeout {"timeout": 100}
    10 up ask
    10 > up ask
    90 down answer
    99 down answer
    100 > fin up
    100 > fin down
    120 up more
  )");
  Playbook().play(R"(
    0 toxic down timeout
    900 down answer
    950 remove 1
    950 > fin up
    950 > fin down
  )");
  Playbook().play(R"(
    0 toxic up timeout
    500 up ask
    600 update 1 {"timeout": 550}
    600 > fin up
    600 > fin down
  )");
}

TEST_CASE("cut_after: bytes pass until the time") {
  Playbook().play(R"(
    0 toxic up cut_after {"time": 100}
    99 up ask
    99 > up ask
    100 > fin up
    100 > fin down
  )");
}

TEST_CASE("reset_peer: an idle open connection after its time, a new one after its first data, which waits") {
  Playbook(false).play(R"(
    5 toxic down reset_peer {"timeout": 20}
    25 > rst
  )");
  Playbook(true).play(R"(
    5 toxic down reset_peer {"timeout": 20}
    100 up ask
    100 > up ask
    110 down answer
    130 > rst
  )");
  Playbook(true).play(R"(
    5 toxic down reset_peer {"timeout": 20}
    110 down answer
    120 remove 1
    120 > down answer
  )");
}

TEST_CASE("slicer: pieces with pauses; without attributes nothing is sliced") {
  Playbook().play(R"(
    0 toxic down slicer {"average_size": 2, "delay": 10000}
    0 down abcde
    0 fin down
    0 > down ab
    10 > down cd
    20 > down e
    20 > fin down
  )");
  Playbook().play(R"(
    0 toxic down slicer
    0 down abcde
    0 > down abcde
  )");
}

TEST_CASE("slicer: another delay reaches what waits already") {
  Playbook().play(R"(
    0 toxic down slicer {"average_size": 2, "delay": 10000000}
    0 down abcd
    0 > down ab
    100 update 1 {"average_size": 2, "delay": 0}
    100 > down cd
  )");
  Playbook().play(R"(
    0 toxic down slicer {"average_size": 2, "delay": 10000}
    0 down abcd
    0 > down ab
    5 update 1 {"average_size": 2, "delay": 50000}
    50 > down cd
  )");
}

TEST_CASE("slicer: sizes stay within their variation, and repeat for the same connection") {
  const FaultRow* row = find_toxic("slicer");
  const Values values = *read_values(*row, *Json::parse(R"({"average_size": 100, "size_variation": 30})"));
  Measure measure;
  const auto fault = *row->make(values, {Rng(9), 0, &measure});
  const auto sizes = [&](std::uint64_t number) {
    const auto tap = fault->attach({.number = number});
    std::vector<std::size_t> all;
    for (Ns now = 0; now < 200; ++now) all.push_back(tap->admit(Way::up, {std::string(1000, 'x')}, now).pass);
    return all;
  };
  CHECK(sizes(1) == sizes(1));
  CHECK(sizes(1) != sizes(2));
  for (const std::size_t size : sizes(1)) CHECK((size >= 70 && size <= 130));
}

TEST_CASE("limit_data: the count goes on when the limit changes") {
  Playbook().play(R"(
    0 toxic down limit_data {"bytes": 5}
    0 down abc
    0 > down abc
    5 update 1 {"bytes": 4}
    6 down def
    6 > fin up
    6 > down d
    6 > fin down
  )");
}

TEST_CASE("noop and packet_loss without a rate change nothing; with 1 all is lost, and the end comes") {
  Playbook().play(R"(
    0 toxic down noop
    0 toxic down packet_loss {"loss_rate": 0}
    0 down abc
    0 > down abc
    5 update 2 {"loss_rate": 1}
    6 down def
    7 fin down
    7 > fin down
  )");
}

TEST_CASE("packet_loss: chunks are lost whole, and more of them after a lost one where they are correlated") {
  const FaultRow* row = find_toxic("packet_loss");
  const auto lost = [&](const char* json) {
    Measure measure;
    const auto fault = *row->make(*read_values(*row, *Json::parse(json)), {Rng(3), 0, &measure});
    const auto tap = fault->attach({});
    int drops = 0;
    for (int i = 0; i < 2000; ++i) {
      tap->arrive(Way::up, "chunk", i);
      const Step step = tap->admit(Way::up, {"chunk"}, i);
      CHECK(step.pass + step.drop == 5);
      drops += step.drop == 5 ? 1 : 0;
    }
    return drops;
  };
  const int alone = lost(R"({"loss_rate": 0.2})"), bursts = lost(R"({"loss_rate": 0.2, "correlation": 0.6})");
  CHECK((alone > 320 && alone < 480));
  CHECK(bursts > alone + 200);
}

TEST_CASE("corrupt: single bits of about the share of bytes; the length stays") {
  Chain chain;
  const FaultRow* row = find_toxic("corrupt");
  auto measure = std::make_shared<Measure>();
  const auto fault = *row->make(*read_values(*row, *Json::parse(R"({"rate": 0.01})")), {Rng(5), 0, measure.get()});
  chain.add(1, fault->attach({}), measure, 0, Ways::up);
  chain.arrive(Way::up, std::string(50'000, 0), 0);
  for (int turn = 0; turn < 10; ++turn) chain.run(turn);
  CHECK(chain.out(Way::up).size() == 50'000);
  int turned = 0;
  for (const char byte : chain.out(Way::up).view()) {
    CHECK(std::popcount(static_cast<unsigned char>(byte)) <= 1);
    turned += byte != 0 ? 1 : 0;
  }
  CHECK((turned > 350 && turned < 650));
}

TEST_CASE("slow_connect: a new connection waits both ways, an open one does not") {
  Playbook(true).play(R"(
    0 fault silent
    0 remove 1
    0 toxic down slow_connect {"delay": 100}
    10 down hello
    100 > down hello
  )");
  Playbook(false).play(R"(
    0 toxic down slow_connect {"delay": 100}
    10 down hello
    10 > down hello
  )");
}

TEST_CASE("a fault put in with a smaller number comes before the others, and an end already gone stays an end") {
  Chain chain;
  const FaultRow* row = find_toxic("noop");
  auto measure = std::make_shared<Measure>();
  const auto noop = *row->make(*read_values(*row, {}), {Rng(1), 0, measure.get()});
  const FaultRow* silent_row = *find_fault("silent");
  const auto silent = *silent_row->make(*read_values(*silent_row, {}), {Rng(1), 0, measure.get()});
  chain.add(5, noop->attach({}), measure, 0);
  chain.end(Way::up, End::fin, 0);
  chain.run(0);
  CHECK(chain.out_end(Way::up) == End::fin);
  chain.add(3, silent->attach({}), measure, 0);
  chain.arrive(Way::up, "late", 0);
  chain.arrive(Way::down, "held", 0);
  chain.run(0);
  CHECK(chain.out(Way::up).empty());
  CHECK(chain.out(Way::down).empty());
  chain.remove(3, 1);
  chain.run(1);
  CHECK(chain.out(Way::down).view() == "held");
}

TEST_CASE("bytes that wait are bounded over all chains, and a stop is counted") {
  Held held{.limit = 1 << 20};
  const FaultRow* row = find_toxic("latency");
  auto measure = std::make_shared<Measure>();
  const auto fault = *row->make(*read_values(*row, *Json::parse(R"({"latency": 1000})")), {Rng(1), 0, measure.get()});
  {
    Chain first(&held), second(&held);
    for (Chain* chain : {&first, &second}) chain->add(1, fault->attach({}), measure, 0, Ways::down);
    int turns = 0;
    while (first.reads(Way::down) && turns < 1000) {
      first.arrive(Way::down, std::string(64 << 10, 'x'), turns++);
      first.run(turns);
    }
    CHECK(held.bytes == 1 << 20);
    CHECK(held.stops == 1);
    CHECK(second.reads(Way::down));  // a short queue is always allowed
    first.run(2 * kSec);
    CHECK(held.bytes == 0);
    second.arrive(Way::down, "rest", 0);
  }
  CHECK(held.bytes == 0);
}

TEST_CASE("a table without gaps: every toxic is found, made with its defaults, and updated") {
  for (const FaultRow& row : toxic_rows()) {
    CAPTURE(row.name);
    CHECK(find_toxic(row.name) == &row);
    Measure measure;
    const auto fault = row.make(*read_values(row, {}), {Rng(1), 0, &measure});
    REQUIRE(fault);
    (*fault)->update(*read_values(row, {}));
  }
  CHECK(find_toxic("stall") == *find_fault("stall"));
  CHECK(find_toxic("latency") != *find_fault("latency"));
  CHECK(find_toxic("nothing") == nullptr);
}

namespace {

/// What a toxic on the stream down did about one text, after a time; `end`: how the stream ends behind it.
std::shared_ptr<Measure> effect_of(const char* type, const char* attributes, Ns until = 0, End end = End::none) {
  const FaultRow* row = find_toxic(type);
  auto measure = std::make_shared<Measure>();
  const auto fault = *row->make(*read_values(*row, *Json::parse(attributes)), {Rng(1), 0, measure.get()});
  Chain chain;
  chain.add(1, fault->attach({}), measure, 0, Ways::down);
  chain.arrive(Way::down, "12345678", 0);
  if (end != End::none) chain.end(Way::down, end, 0);
  chain.run(0);
  for (Ns now = 0; chain.next() <= until; chain.run(now)) now = std::max(now, chain.next());
  chain.arrive(Way::down, "9", until);
  chain.run(until);
  return measure;
}

}  // namespace

TEST_CASE("the effect of a toxic on bytes: what it turned, lost, closed and held") {
  CHECK(effect_of("corrupt", R"({"rate": 1})")->acted == 9);
  CHECK(effect_of("corrupt", R"({"rate": 1})")->lost == 0);  // replaced
  const auto loss = effect_of("packet_loss", R"({"loss_rate": 1})");
  CHECK(loss->acted == 2);
  CHECK(loss->lost == 9);
  CHECK(loss->bytes[index(Way::down)] == 0);
  const auto timeout = effect_of("timeout", R"({"timeout": 5})", 10 * kMs);
  CHECK(timeout->closed == 1);
  CHECK(timeout->lost == 9);
  const auto limited = effect_of("limit_data", R"({"bytes": 3})");
  CHECK(limited->closed == 1);
  CHECK(limited->lost == 6);
  CHECK(limited->bytes[index(Way::down)] == 3);
  CHECK(effect_of("limit_data", R"({"bytes": 30})")->closed == 0);
  const auto cut = effect_of("cut_after", R"({"time": 5})", 10 * kMs);
  CHECK(cut->closed == 1);
  CHECK(cut->lost == 1);
  const auto reset = effect_of("reset_peer", R"({"timeout": 5})", 10 * kMs);
  CHECK(reset->reset == 1);
  CHECK(reset->lost > 0);  // what it held went nowhere
  CHECK(reset->closed == 0);
  const auto sliced = effect_of("slicer", R"({"average_size": 2, "size_variation": 0, "delay": 1000})", 3 * kMs);
  CHECK(sliced->added.count() == 3);  // the first piece does not wait
  CHECK(sliced->asked.percentile(50) >= kMs * 9 / 10);
  CHECK(effect_of("slicer", R"({"average_size": 2, "delay": 0})", kMs)->added.count() == 0);
  CHECK(effect_of("bandwidth", R"({"rate": 1})", 6 * kMs)->added.count() == 3);
  CHECK(effect_of("bandwidth", R"({"rate": 1000})", 6 * kMs)->added.count() <= 1);
  CHECK(effect_of("slow_close", R"({"delay": 5})", 10 * kMs, End::fin)->added.count() == 1);
  CHECK(effect_of("slow_connect", R"({"delay": 5})", 10 * kMs)->added.count() == 1);
}

TEST_CASE("the effect of a toxic: an end that comes by itself is none that it made") {
  CHECK(effect_of("noop", "{}", 0, End::fin)->closed == 0);
  CHECK(effect_of("timeout", R"({"timeout": 5})", 10 * kMs, End::fin)->closed == 0);
  CHECK(effect_of("slow_close", R"({"delay": 5})", 10 * kMs, End::fin)->closed == 0);
}

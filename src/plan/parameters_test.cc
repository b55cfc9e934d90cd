#include "plan/parameters.h"

#include <doctest/doctest.h>

namespace pl::plan {
namespace {

/// A steady state from second 10 to 20 in which the edge carried 80 kB and 40 exchanges of 200 ms each second.
facts::Facts busy(facts::Edge& edge) {
  facts::Facts facts;
  facts.periods.push_back({1, 21 * kSec, record::LoadPeriod{"steady", -1, 10 * kSec, 20 * kSec, 10}});
  for (std::int64_t second = 5; second < 30; ++second) {
    const bool steady = second >= 10 && second < 20;
    edge.bytes_by_second[second] = steady ? 80'000 : 1'000'000;
    edge.exchanges_by_second[second] = steady ? 40 : 1000;
  }
  edge.latency.record(200 * kMs, 100);
  return facts;
}

}  // namespace

TEST_CASE("a quarter of what the steady state carried, other times do not count") {
  facts::Edge edge;
  const facts::Facts facts = busy(edge);
  CHECK(bandwidth_parameters(facts, edge)["rate"].as_double() == doctest::Approx(20));
  CHECK(throttle_parameters(facts, edge)["at_once"].as_int() == 2);  // 8 wait together.
}

TEST_CASE("an edge that carried nothing has no bandwidth to take, and serves one at a time") {
  const facts::Edge edge;
  CHECK(bandwidth_parameters(facts::Facts{}, edge).is_null());
  CHECK(throttle_parameters(facts::Facts{}, edge)["at_once"].as_int() == 1);
  CHECK(part_of_answer(edge).is_null());
}

TEST_CASE("answers break off in their middle") {
  facts::Edge edge;
  edge.exchanges = 10;
  edge.bytes_down = 4000;
  CHECK(part_of_answer(edge)["bytes"].as_int() == 200);
  edge.bytes_down = 10;
  CHECK(part_of_answer(edge)["bytes"].as_int() == 1);
}

}  // namespace pl::plan

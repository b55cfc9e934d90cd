#include "engine/holding.h"

#include <doctest/doctest.h>

namespace pl::engine {
namespace {

/// Two journeys: the heavy one asks a cache and a database, the light one the database.
facts::Facts shop() {
  facts::Facts facts;
  facts.topology.entry = 0;
  facts.topology.components.resize(3);
  for (std::int64_t to = 1; to < 3; ++to) {
    facts::Edge edge;
    edge.id = to - 1;
    edge.from = 0;
    edge.to = to;
    edge.port = 5000 + to;
    edge.requests = to == 1 ? 900 : 100;  // The cache is asked more often.
    facts.topology.edges.push_back(edge);
  }
  facts.journeys.resize(2);
  for (std::int64_t id = 0; id < 2; ++id) {
    facts::Journey& journey = facts.journeys[static_cast<std::size_t>(id)];
    journey.declared.id = id;
    journey.declared.weight = id == 0 ? 5 : 1;
    journey.steady.good = true;
    journey.uses = id == 0 ? std::vector<std::int64_t>{0, 1} : std::vector<std::int64_t>{1};
  }
  return facts;
}

void silence(facts::Facts& facts, std::int64_t edge, std::int64_t journey, Ns wait) {
  facts::Experiment experiment;
  experiment.fault = "silent";
  experiment.edge = edge;
  facts::Cell cell;
  cell.journey = journey;
  cell.trials = 1;
  cell.longest_wait = wait;
  experiment.cells.push_back(cell);
  facts.experiments.push_back(experiment);
}

}  // namespace

TEST_CASE("where no silence was tried, the heaviest journey and its busiest dependency come first") {
  const auto found = holdings_of(shop(), 0);
  REQUIRE(found.size() == 3);
  CHECK(found[0].journey == 0);
  CHECK(found[0].edge == 0);
  CHECK(found[0].until_term == 600 * kMs);
  CHECK(found[2].journey == 1);
  CHECK(holdings_of(shop(), 1).empty());  // Nothing of another component's.
}

TEST_CASE("a cache with a limit of 100 ms comes after what makes customers wait, and TERM comes within its limit") {
  facts::Facts facts = shop();
  silence(facts, 0, 0, 100 * kMs);
  silence(facts, 1, 0, 5 * kSec);
  silence(facts, 1, 1, 12 * kSec);
  auto found = holdings_of(facts, 0);
  REQUIRE(found.size() == 3);
  CHECK(found[0].journey == 0);
  CHECK(found[0].edge == 1);
  CHECK(found[0].until_term == 600 * kMs);
  CHECK(found[1].journey == 1);
  CHECK(found[2].edge == 0);
  CHECK(found[2].until_term == 50 * kMs);

  facts.experiments.clear();
  silence(facts, 0, 0, 100 * kMs);
  silence(facts, 1, 0, 400 * kMs);
  found = holdings_of(facts, 0);
  CHECK(found[0].journey == 1);  // Not known.
  CHECK(found[1].edge == 1);
  CHECK(found[1].until_term == 200 * kMs);
}

}  // namespace pl::engine

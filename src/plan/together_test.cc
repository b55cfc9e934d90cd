#include "plan/together.h"

#include <doctest/doctest.h>

namespace pl::plan {
namespace {

facts::Experiment refused(std::int64_t edge, facts::Outcome headline) {
  facts::Experiment experiment;
  experiment.fault = "refuse";
  experiment.edge = edge;
  facts::Cell cell;
  cell.state = facts::Cell::State::decided;
  cell.headline = headline;
  experiment.cells = {cell};
  return experiment;
}

/// Edges 0 (cached), 1 (missed at once), 2 (cached) and 3 (used by nobody), each refused.
facts::Facts shop() {
  facts::Facts facts;
  for (std::int64_t id = 0; id < 4; ++id) {
    facts::Component component;
    component.id = id;
    component.name = "part" + std::to_string(id);
    facts.topology.components.push_back(component);
    facts::Edge edge;
    edge.id = id;
    edge.to = id;
    edge.name = component.name;
    facts.topology.edges.push_back(edge);
    facts.experiments.push_back(refused(id, id == 1 ? facts::Outcome::errors : facts::Outcome::unaffected));
  }
  facts.journeys.resize(1);
  facts.journeys[0].steady.good = true;
  facts.journeys[0].uses = {0, 1, 2};
  return facts;
}

}  // namespace

TEST_CASE("what was refused without effect, and is used, is held together") {
  facts::Facts facts = shop();
  CHECK(not_missed(facts) == std::vector<std::int64_t>{0, 2});
  facts.experiments[2].cells[0].state = facts::Cell::State::inconclusive;
  CHECK(not_missed(facts) == std::vector<std::int64_t>{0});
  facts::Experiment silent = refused(0, facts::Outcome::hangs);
  silent.fault = "silent";
  facts.experiments.push_back(silent);
  CHECK(not_missed(facts).empty());
  facts.experiments.clear();
  CHECK(not_missed(facts).empty());
}

TEST_CASE("what no journey uses alone is held too where it was asked for since: a cache that had not run out") {
  facts::Facts facts = shop();
  facts.journeys[0].uses = {};
  facts.trials.push_back({1, 20 * kSec, record::TrialEnded{.control_from = 20 * kSec}});
  facts.topology.edges[2].exchanges_by_second[12] = 1;
  CHECK(not_missed(facts).empty());
  facts.topology.edges[2].exchanges_by_second[70] = 1;
  CHECK(not_missed(facts) == std::vector<std::int64_t>{2});
}

TEST_CASE("a slower dependency may make customers wait: its cache is still worth a long hold") {
  facts::Facts facts = shop();
  facts::Experiment slow = refused(0, facts::Outcome::degraded);
  slow.fault = "latency";
  facts.experiments.push_back(slow);
  CHECK(not_missed(facts) == std::vector<std::int64_t>{0, 2});
}

TEST_CASE("a group is one experiment; asked for by its key it is the same group") {
  const facts::Facts facts = shop();
  const PlannedExperiment both = hold_together(facts.topology, {0, 2});
  CHECK(both.key == "chaos.part0+part2.refuse_long");
  CHECK(both.edges == std::vector<std::int64_t>{0, 2});
  CHECK(both.edge == -1);
  CHECK(both.length == 30 * kSec);
  CHECK(hold_together(facts.topology, {2}).edge == 2);
  const auto groups = groups_asked_for(facts.topology, {both.key, "chaos.part1.refuse"}, "refuse_long");
  REQUIRE(groups.size() == 1);
  CHECK(groups[0] == both.edges);
}

}  // namespace pl::plan

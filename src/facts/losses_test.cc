#include "facts/losses.h"

#include <doctest/doctest.h>

namespace pl::facts {
namespace {

Cell cell_of(Outcome headline, std::int64_t refused = 0) {
  Cell cell;
  cell.state = Cell::State::decided;
  cell.headline = headline;
  cell.all = {{headline, 40, 50}};
  cell.refused = refused;
  return cell;
}

/// An entry (0) that uses the parts 1 and 2 by the edges 0 and 1; the journey `buy` uses both. Edge 2 leads to a part 3
/// that nobody uses.
Facts shop() {
  Facts facts;
  for (std::int64_t id = 0; id < 4; ++id) {
    Component component;
    component.id = id;
    component.name = "part" + std::to_string(id);
    facts.topology.components.push_back(component);
    if (id == 0) continue;
    Edge edge;
    edge.id = id - 1;
    edge.from = 0;
    edge.to = id;
    facts.topology.edges.push_back(edge);
  }
  facts.topology.entry = 0;
  facts.journeys.resize(2);
  facts.journeys[0].steady.good = facts.journeys[1].steady.good = true;
  facts.journeys[0].uses = {0, 1};
  facts.journeys[1].declared.health = true;
  return facts;
}

void take_away(Facts& facts, std::vector<std::int64_t> edges, const Cell& cell, const char* fault = "refuse") {
  record::TrialEnded trial;
  trial.fault_from = 100 * kSec;
  trial.fault_to = 105 * kSec;
  facts.trials.push_back({7, 0, trial});
  Experiment experiment;
  experiment.key = std::string("chaos.part.") + fault;
  experiment.fault = "refuse";
  if (edges.size() == 1) experiment.edge = edges[0];
  if (edges.size() > 1) experiment.edges = edges;
  experiment.cells = {cell};
  experiment.trials = {static_cast<std::int64_t>(facts.trials.size()) - 1};
  facts.experiments.push_back(experiment);
}

}  // namespace

TEST_CASE("an honest refusal is no service, another useful answer is") {
  CHECK(loss_of(cell_of(Outcome::unaffected)) == Loss::served);
  CHECK(loss_of(cell_of(Outcome::degraded)) == Loss::served);
  CHECK(loss_of(cell_of(Outcome::graceful)) == Loss::served);
  CHECK(loss_of(cell_of(Outcome::graceful, 40)) == Loss::refused);
  CHECK(loss_of(cell_of(Outcome::graceful, 3)) == Loss::served);
  CHECK(loss_of(cell_of(Outcome::errors)) == Loss::failing);
  CHECK(loss_of(Cell{}) == Loss::unknown);
}

TEST_CASE("the worst that a journey sees without a part counts; slower is not without") {
  Facts facts = shop();
  CHECK(losses(facts).empty());
  take_away(facts, {0}, cell_of(Outcome::unaffected));
  take_away(facts, {0}, cell_of(Outcome::errors), "latency");
  REQUIRE(losses(facts).size() == 1);
  CHECK(losses(facts)[0].component == 1);
  CHECK(losses(facts)[0].served == std::vector<std::int64_t>{0});
  take_away(facts, {0}, cell_of(Outcome::graceful, 40), "silent");
  CHECK(losses(facts)[0].served.empty());
  CHECK(losses(facts)[0].refused == std::vector<std::int64_t>{0});
  Cell health = cell_of(Outcome::errors);
  health.journey = 1;
  take_away(facts, {0}, health, "restart");
  CHECK(losses(facts)[0].failing.empty());
}

TEST_CASE("two parts are asked about together where a journey outlives each") {
  Facts facts = shop();
  take_away(facts, {0}, cell_of(Outcome::unaffected));
  CHECK(open_pairs(facts).empty());
  take_away(facts, {1}, cell_of(Outcome::degraded));
  CHECK(open_pairs(facts) == std::vector<std::vector<std::int64_t>>{{0, 1}});
  Facts together = facts;
  take_away(together, {0, 1}, cell_of(Outcome::errors), "refuse_pair");
  CHECK(open_pairs(together).empty());
  take_away(facts, {1}, cell_of(Outcome::errors), "silent");
  CHECK(open_pairs(facts).empty());
}

TEST_CASE("what is asked only while another part is refused stands in for it") {
  Facts facts = shop();
  facts.topology.edges[2].exchanges_by_second[102] = 9;
  take_away(facts, {0}, cell_of(Outcome::unaffected));
  CHECK(open_pairs(facts) == std::vector<std::vector<std::int64_t>>{{0, 2}});
  facts.topology.edges[2].exchanges_by_second = {{90, 9}};
  CHECK(open_pairs(facts).empty());
}

}  // namespace pl::facts

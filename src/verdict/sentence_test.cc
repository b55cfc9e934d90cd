#include "verdict/sentence.h"

#include <doctest/doctest.h>

namespace pl::verdict {
namespace {

/// A shop with a database and journeys ask, browse and a health endpoint.
facts::Facts shop(const char* fault) {
  facts::Facts facts;
  facts.topology.components.resize(2);
  facts.topology.components[0].name = "web";
  facts.topology.components[1].id = 1;
  facts.topology.components[1].name = "postgres 15";
  facts.topology.components[1].provided = "postgres";
  facts.topology.components[1].version = "15";
  facts.topology.entry = 0;
  const char* names[] = {"ask", "browse", "health"};
  facts::Experiment experiment{.key = "chaos.postgres.x", .fault = fault, .component = 1};
  for (std::int64_t i = 0; i < 3; ++i) {
    facts.journeys.emplace_back().declared.name = names[i];
    facts.journeys.back().declared.health = i == 2;
    facts::Cell cell{.journey = i, .state = facts::Cell::State::decided};
    experiment.cells.push_back(cell);
  }
  facts.experiments.push_back(experiment);
  return facts;
}

facts::Finding finding(const char* check) {
  facts::Finding one;
  one.check = check;
  one.severity = facts::Severity::blocking;
  one.title = "When postgres is frozen, customers of `ask` wait.";
  one.cells = {"chaos.postgres.x"};
  return one;
}

void show(facts::Cell& cell, facts::Outcome outcome) {
  cell.headline = outcome;
  cell.all = {{outcome, 9, 10}};
  cell.longest_wait = 31'840 * kMs;
}

}  // namespace

TEST_CASE("one sentence that needs no engineer, and how much more there is") {
  facts::Facts facts = shop("silent");
  show(facts.experiments[0].cells[0], facts::Outcome::hangs);
  show(facts.experiments[0].cells[1], facts::Outcome::hangs);
  std::vector<facts::Finding> findings(8, finding("chaos.hangs"));
  CHECK(worst_sentence(facts, findings) ==
        "When the database stalls, every customer waits until it is back (31.8 s seen), and 7 more findings block.");
  findings.resize(2);
  findings[1].severity = facts::Severity::warning;
  CHECK(worst_sentence(facts, findings) ==
        "When the database stalls, every customer waits until it is back (31.8 s seen).");
  findings[1].severity = facts::Severity::blocking;
  CHECK(worst_sentence(facts, findings).ends_with("seen), and 1 more finding blocks."));
  CHECK(worst_sentence(facts, {}).empty());
}

TEST_CASE("journeys are named where only some see it; two databases go by their names") {
  facts::Facts facts = shop("restart");
  show(facts.experiments[0].cells[0], facts::Outcome::no_recovery);
  CHECK(plain_words(facts, finding("chaos.no_recovery")) ==
        "When the database restarts, everybody who uses ask still fails after it is back");
  facts.topology.components.push_back(facts.topology.components[1]);
  facts.topology.components[2].name = "mysql 8";
  facts.topology.components[2].version = "8";
  CHECK(plain_words(facts, finding("chaos.no_recovery")).starts_with("When postgres restarts"));
}

TEST_CASE("most customers, by the weight of what they do") {
  facts::Facts facts = shop("refuse");
  facts.journeys.emplace_back().declared.name = "search";
  facts.experiments[0].cells.push_back({.journey = 3, .state = facts::Cell::State::decided});
  show(facts.experiments[0].cells[0], facts::Outcome::misleading);
  show(facts.experiments[0].cells[1], facts::Outcome::misleading);
  CHECK(plain_words(facts, finding("chaos.misleading")) ==
        "When the database cannot be reached, most customers get an answer that hides the failure");
  facts.journeys[3].declared.weight = 9;
  CHECK(plain_words(facts, finding("chaos.misleading")) ==
        "When the database cannot be reached, everybody who uses ask or browse gets an answer that hides the failure");
}

TEST_CASE("what has no plainer way to be said keeps its own words, without marks") {
  const facts::Facts facts = shop("a fault of tomorrow");
  CHECK(plain_words(facts, finding("chaos.hangs")) == "When postgres is frozen, customers of ask wait");
  CHECK(plain_words(facts, finding("security.exposure")) == "When postgres is frozen, customers of ask wait");
}

}  // namespace pl::verdict

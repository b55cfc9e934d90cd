#include "checks/checks.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace pl::checks {
namespace {

using facts::Cell;
using facts::Outcome;

/// Journeys save (0), browse (1) and health (2); server.js (0) uses postgres (1) by edge 0. Nothing has gone wrong yet.
facts::Facts shop() {
  facts::Facts facts;
  facts.run.repeat = "examples/shop";
  for (const char* name : {"save", "browse", "health"}) {
    facts::Journey journey;
    journey.declared.id = static_cast<std::int64_t>(facts.journeys.size());
    journey.declared.name = name;
    journey.declared.health = std::string(name) == "health";
    journey.steady.count = journey.steady.success = 100;
    journey.steady.good = true;
    facts.journeys.push_back(journey);
  }
  facts.journeys[0].declared.verifies = true;
  for (const char* name : {"server.js", "postgres 15.18"}) {
    facts::Component component;
    component.id = static_cast<std::int64_t>(facts.topology.components.size());
    component.name = name;
    component.root = 10 + component.id;
    component.roots = {component.root};
    facts.topology.components.push_back(component);
  }
  facts.topology.components[1].version = "15.18";
  facts.topology.entry = 0;
  facts::Edge edge;
  edge.from = 0;
  edge.to = 1;
  edge.port = 5432;
  edge.name = "postgres";
  edge.protocol = "postgres";
  edge.evidence = {3};
  facts.topology.edges.push_back(edge);
  facts.ready = facts::Seen<record::SubjectReady>{5, 5, {"127.0.0.1", 3000, kSec, 10}};
  return facts;
}

facts::Experiment& add_experiment(facts::Facts& facts, const std::string& fault) {
  record::TrialEnded trial;
  trial.key = "chaos.postgres." + fault;
  facts.trials.push_back({100 + static_cast<std::int64_t>(facts.trials.size()), 0, trial});
  facts::Experiment experiment;
  experiment.key = trial.key;
  experiment.fault = fault;
  if (fault == "freeze" || fault == "restart") {
    experiment.component = 1;
  } else {
    experiment.edge = 0;
  }
  experiment.trials = {static_cast<std::int64_t>(facts.trials.size()) - 1};
  for (std::int64_t journey = 0; journey < 3; ++journey) {
    Cell cell;
    cell.journey = journey;
    cell.state = Cell::State::decided;
    cell.all = {{Outcome::unaffected, 50, 50}};
    experiment.cells.push_back(cell);
  }
  facts.experiments.push_back(experiment);
  return facts.experiments.back();
}

void show(Cell& cell, Outcome outcome, std::int64_t count, std::int64_t of) {
  cell.headline = outcome;
  cell.all = {{outcome, count, of}};
}

const facts::Finding* found(const std::vector<facts::Finding>& findings, const std::string& check) {
  const auto at = std::find_if(findings.begin(), findings.end(), [&](const auto& f) { return f.check == check; });
  return at == findings.end() ? nullptr : &*at;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a sound application is not blamed") {
  facts::Facts facts = shop();
  for (const char* fault : {"refuse", "restart", "freeze", "silent", "latency"}) add_experiment(facts, fault);
  facts.writes.push_back({50, 0, {0, "a", 0, "found", "steady"}});
  facts.writes.push_back({51, 0, {0, "b", 0, "found", "chaos.postgres.restart"}});
  record::DrillEnded drill;
  drill.key = "chaos.server.js.terminate";
  drill.drill = "terminate";
  drill.component = 0;
  drill.drained = 5;
  drill.result = "drained";
  drill.exit_after = kSec;
  facts.drills.push_back({60, 0, drill});
  CHECK(run_all(facts).empty());
  CHECK(run_all(facts::Facts{}).empty());
}

TEST_CASE(
    "a frozen database that everybody waits for: hangs, no time limit, single point, a health endpoint that lies") {
  facts::Facts facts = shop();
  facts::Experiment& experiment = add_experiment(facts, "freeze");
  for (int i = 0; i < 2; ++i) {
    Cell& cell = experiment.cells[static_cast<std::size_t>(i)];
    show(cell, Outcome::hangs, 118, 120);
    cell.longest_wait = 12'300 * kMs;
    cell.wait_end = facts::WaitEnd::fault_removed;
    cell.evidence = {200 + i};
  }
  show(experiment.cells[2], Outcome::misleading, 60, 60);
  const auto findings = run_all(facts);
  const facts::Finding* hangs = found(findings, "chaos.hangs");
  REQUIRE(hangs != nullptr);
  CHECK(hangs->title ==
        "When postgres is frozen, every customer of `save` and `browse` waits until it is back (12.3 s seen).");
  CHECK(hangs->severity == facts::Severity::blocking);
  CHECK(hangs->command == "proofload run --only chaos.postgres.freeze examples/shop");
  facts.run.name = "2026-11-23-1";
  const auto named = run_all(facts);
  CHECK(found(named, "chaos.hangs")->command == "proofload repeat 2026-11-23-1 chaos.postgres.freeze");
  CHECK(hangs->evidence == std::vector<std::int64_t>{100, 200, 201});
  CHECK(has(hangs->remedy, "on each query"));
  const facts::Finding* health = found(findings, "chaos.misleading_health");
  REQUIRE(health != nullptr);
  CHECK(has(health->title, "`health` says that all is well while customers of `save` and `browse`"));
  CHECK(found(findings, "chaos.misleading") == nullptr);
  CHECK(found(findings, "chaos.time_limits") != nullptr);
  REQUIRE(found(findings, "architecture.single_point") != nullptr);
  CHECK(found(findings, "architecture.single_point")->severity == facts::Severity::warning);
  for (const facts::Finding& finding : findings) {
    CHECK_FALSE(finding.evidence.empty());
    CHECK_FALSE(finding.remedy.empty());
    CHECK(finding.fingerprint.size() == 16);
  }
}

TEST_CASE("an application's own limit is no missing limit; errors are a warning and no blocker") {
  facts::Facts facts = shop();
  facts::Experiment& frozen = add_experiment(facts, "freeze");
  show(frozen.cells[0], Outcome::hangs, 10, 100);
  frozen.cells[0].wait_end = facts::WaitEnd::application;
  facts::Experiment& refused = add_experiment(facts, "refuse");
  show(refused.cells[0], Outcome::errors, 40, 50);
  const auto findings = run_all(facts);
  CHECK(found(findings, "chaos.time_limits") == nullptr);
  REQUIRE(found(findings, "chaos.errors") != nullptr);
  CHECK(found(findings, "chaos.errors")->severity == facts::Severity::warning);
  CHECK(has(found(findings, "chaos.errors")->title, "(40 of 50 answers)"));
}

TEST_CASE("cells that are not decided find nothing") {
  facts::Facts facts = shop();
  facts::Experiment& experiment = add_experiment(facts, "freeze");
  for (Cell& cell : experiment.cells) {
    show(cell, Outcome::hangs, 10, 10);
    cell.state = Cell::State::inconclusive;
  }
  CHECK(run_all(facts).empty());
}

TEST_CASE("lost writes, only where the pair was proved; recovery that does not come") {
  facts::Facts facts = shop();
  facts::Experiment& experiment = add_experiment(facts, "restart");
  show(experiment.cells[0], Outcome::no_recovery, 10, 10);
  facts.writes.push_back({51, 0, {0, "b", 0, "missing", "chaos.postgres.restart"}});
  CHECK(found(run_all(facts), "chaos.data_lost") == nullptr);
  CHECK(found(run_all(facts), "chaos.no_recovery") != nullptr);
  facts.writes.push_back({50, 0, {0, "a", 0, "found", "steady"}});
  const auto findings = run_all(facts);
  REQUIRE(found(findings, "chaos.data_lost") != nullptr);
  CHECK(has(found(findings, "chaos.data_lost")->title, "1 of 1 write of `save` that were acknowledged are missing"));
}

TEST_CASE("requests that are cut when it is told to end") {
  facts::Facts facts = shop();
  record::DrillEnded drill;
  drill.key = "chaos.server.js.terminate";
  drill.drill = "terminate";
  drill.component = 0;
  drill.cut = 4;
  drill.drained = 1;
  drill.result = "cut";
  drill.exit_after = 4 * kMs;
  drill.signal = 15;
  facts.drills.push_back({60, 0, drill});
  const auto findings = run_all(facts);
  REQUIRE(found(findings, "operations.terminate") != nullptr);
  CHECK(has(found(findings, "operations.terminate")->title, "4 of 5 requests in flight are cut"));
  facts.drills[0].value.result = "not decided";
  CHECK(run_all(facts).empty());
}

TEST_CASE("a journey that fails with nothing broken; destinations outside; a wide listener") {
  facts::Facts facts = shop();
  facts.journeys[1].steady.success = 20;
  facts.journeys[1].steady.good = false;
  facts.periods.push_back({40, 0, {"steady", -1, 0, kSec, 10}});
  facts.refused.push_back({41, 0, {10, "node", "10.1.1.1", 443, "tcp"}});
  facts.refused.push_back({42, 0, {10, "node", "10.1.1.1", 443, "tcp"}});
  facts.topology.components[1].listeners = {{"0.0.0.0", 5432}, {"::", 5432}};
  facts.topology.components[0].listeners = {{"127.0.0.1", 3000}};
  facts.started.push_back({2, 0, {11, 1, "/usr/bin/postgres", {"postgres"}, "/", 0, ""}});
  const auto findings = run_all(facts);
  REQUIRE(found(findings, "architecture.steady") != nullptr);
  CHECK(found(findings, "architecture.steady")->title == "With nothing broken, 80 of 100 answers of `browse` fail.");
  REQUIRE(found(findings, "security.destinations") != nullptr);
  CHECK(found(findings, "security.destinations")->evidence == std::vector<std::int64_t>{41, 42});
  REQUIRE(found(findings, "security.exposure") != nullptr);
  CHECK(has(found(findings, "security.exposure")->title, "(port 5432)"));
  facts.journeys[1].steady.too_many = 79;
  const auto limited = run_all(facts);
  REQUIRE(found(limited, "architecture.steady") != nullptr);
  CHECK(found(limited, "architecture.steady")->severity == facts::Severity::note);
  CHECK(found(limited, "architecture.steady")->title ==
        "The application limits its customers' rate: 79 of 100 answers of `browse` are 429.");
  facts.journeys[1].steady.too_many = 0;
  facts.journeys[1].steady.count = facts.journeys[1].steady.success = 7;
  CHECK(found(run_all(facts), "architecture.steady") == nullptr);
}

TEST_CASE("every question has an answer or a reason, and nothing is answered from nothing") {
  const auto empty = answers(facts::Facts{});
  std::set<facts::Checkpoint> seen;
  for (const facts::Answer& answer : empty) {
    CHECK(answer.state != facts::Answer::State::answered);
    CHECK_FALSE(answer.text.empty());
    seen.insert(answer.checkpoint);
  }
  CHECK(seen.size() == 6);
  facts::Facts facts = shop();
  add_experiment(facts, "refuse");
  show(facts.experiments[0].cells[0], Outcome::errors, 10, 10);
  const auto rows = answers(facts);
  CHECK(rows[0].text == "server.js depends on postgres 15.18.");
  CHECK(rows[1].text == "postgres (for `save`).");
  const auto off = std::find_if(rows.begin(), rows.end(), [](const auto& r) { return has(r.question, "Turn each"); });
  CHECK(off->text == "postgres refused: errors.");
}

TEST_CASE("a protection that opens when its part is lost") {
  facts::Facts facts = shop();
  facts::Experiment& refused = add_experiment(facts, "refuse");
  CHECK(found(run_all(facts), "chaos.fail_open") == nullptr);
  refused.cells[0].headline = Outcome::fail_open;
  refused.cells[0].all = {{Outcome::fail_open, 1, 1}};
  const auto findings = run_all(facts);
  REQUIRE(found(findings, "chaos.fail_open") != nullptr);
  CHECK(found(findings, "chaos.fail_open")->severity == facts::Severity::blocking);
}

TEST_CASE("graceful says what customers get") {
  facts::Facts facts = shop();
  facts::Experiment& refused = add_experiment(facts, "refuse");
  show(refused.cells[0], Outcome::graceful, 40, 50);
  auto findings = run_all(facts);
  REQUIRE(found(findings, "chaos.graceful") != nullptr);
  CHECK(found(findings, "chaos.graceful")->title.find("another useful answer") != std::string::npos);
  refused.cells[0].refused = 40;
  findings = run_all(facts);
  CHECK(found(findings, "chaos.graceful")->title.find("an honest refusal (40") != std::string::npos);
  CHECK(found(findings, "architecture.single_point") == nullptr);
}

}  // namespace pl::checks

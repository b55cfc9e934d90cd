#include <doctest/doctest.h>

#include "checks/checks.h"
#include "checks/operations/backup.h"
#include "checks/operations/end_of_life.h"
#include "checks/operations/lives.h"
#include "checks/operations/start_order.h"
#include "checks/operations/terminate.h"
#include "checks/operations/visibility.h"

namespace pl::checks {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

facts::Answer answer(const facts::Facts& facts, const char* about) {
  for (const facts::Answer& row : answers(facts)) {
    if (has(row.question, about)) return row;
  }
  return {};
}

/// Server (0) on PostgreSQL of its own (1), by an edge, in November 2026.
facts::Facts shop() {
  facts::Facts facts;
  facts.run.wall_time = "2026-11-25T10:00:00Z";
  for (const char* name : {"server", "postgres 17.2"}) {
    facts::Component component;
    component.id = static_cast<std::int64_t>(facts.topology.components.size());
    component.name = name;
    component.roots = {10 + component.id};
    facts.topology.components.push_back(component);
  }
  facts.topology.components[1].product = "PostgreSQL";
  facts.topology.components[1].version = "17.2";
  facts.topology.component_by_pid = {{10, 0}, {11, 1}};
  facts.topology.entry = 0;
  facts::Edge edge;
  edge.from = 0;
  edge.to = 1;
  edge.name = "postgres";
  edge.evidence = {3};
  facts.topology.edges.push_back(edge);
  return facts;
}

record::DrillEnded absent(const char* result, std::int64_t status) {
  record::DrillEnded drill;
  drill.key = "operations.postgres.absent";
  drill.drill = "absent";
  drill.edge = 0;
  drill.result = result;
  drill.status = status;
  drill.exit_after = 2 * kSec;
  return drill;
}

void answer_requests(facts::Facts& facts, int count) {
  for (int i = 0; i < count; ++i) {
    record::Iteration iteration;
    iteration.done = kSec + i;
    facts.iterations.push_back({200 + i, 0, iteration});
  }
}

}  // namespace

namespace {

record::DrillEnded told_to_end(const char* drill, std::int64_t drained, std::int64_t cut, std::int64_t refused) {
  record::DrillEnded seen;
  seen.key = std::string("chaos.server.") + drill;
  seen.drill = drill;
  seen.component = 0;
  seen.drained = drained;
  seen.cut = cut;
  seen.refused = refused;
  seen.result = cut > 0 ? "cut" : refused > 0 ? "refused" : "drained";
  seen.exit_after = kSec;
  seen.status = 0;
  return seen;
}

}  // namespace

TEST_CASE("TERM: cut requests and streams and lost questions block; streams that say that they end are a warning") {
  facts::Facts facts = shop();
  facts.drills.push_back({70, 0, told_to_end("terminate", 1, 4, 0)});
  facts.drills.push_back({71, 0, told_to_end("terminate_streams", 0, 5, 0)});
  facts.drills.push_back({72, 0, told_to_end("terminate_idle", 2, 3, 0)});
  const auto found = terminate(facts);
  REQUIRE(found.size() == 3);
  CHECK(found[0].check == "operations.terminate");
  CHECK(found[1].title == "When server is told to end (TERM), 5 of 5 streams that had begun break off without a word.");
  CHECK(found[2].title == "When server is told to end (TERM), 3 of 5 requests on kept connections are lost.");
  for (const auto& finding : found) CHECK(finding.severity == facts::Severity::blocking);
  CHECK(has(answer(facts, "told to end").text, "0 of 5 streams that had begun were answered in full, 5 cut"));

  facts.drills = {{73, 0, told_to_end("terminate_streams", 3, 0, 2)}};
  REQUIRE(terminate(facts).size() == 1);
  CHECK(terminate(facts)[0].severity == facts::Severity::warning);
}

TEST_CASE("TERM: a server behind the one that customers connect to is called by its name") {
  facts::Facts facts = shop();
  record::DrillEnded behind = told_to_end("terminate", 0, 5, 0);
  behind.component = 1;
  facts.drills = {{70, 0, told_to_end("terminate", 5, 0, 0)}, {71, 0, behind}};
  REQUIRE(terminate(facts).size() == 1);
  CHECK(terminate(facts)[0].title == "When postgres is told to end (TERM), 5 of 5 requests in flight are cut.");
  CHECK(has(answer(facts, "told to end").text, "When postgres was told to end: 0 of 5 requests in flight"));
}

TEST_CASE("TERM: what is finished, or closed before it was asked anything, is no finding") {
  facts::Facts facts = shop();
  record::DrillEnded queued = told_to_end("terminate", 2, 3, 0);
  queued.waiting = 3;
  facts.drills = {{76, 0, queued}};
  REQUIRE(terminate(facts).size() == 1);
  CHECK(terminate(facts)[0].severity == facts::Severity::warning);
  CHECK(terminate(facts)[0].title.ends_with("3 of 5 requests in flight are cut, which it had not accepted yet."));
  facts.drills[0].value.waiting = 2;
  REQUIRE(terminate(facts).size() == 1);
  CHECK(terminate(facts)[0].severity == facts::Severity::blocking);

  facts.drills = {{74, 0, told_to_end("terminate", 5, 0, 0)}, {75, 0, told_to_end("terminate_streams", 5, 0, 0)}};
  record::DrillEnded kept = told_to_end("terminate_idle", 1, 0, 4);
  kept.result = "drained";
  facts.drills.push_back({76, 0, kept});
  CHECK(terminate(facts).empty());
  for (auto& drill : facts.drills) drill.value.exit_after = 0;
  REQUIRE(terminate(facts).size() == 1);  // Said once.
  CHECK(terminate(facts)[0].check == "operations.does_not_end");
}

TEST_CASE("start order: giving up is found; starting, waiting and the undecided are silent") {
  facts::Facts facts = shop();
  for (const char* result : {"starts", "retries", "not decided"}) facts.drills.push_back({60, 0, absent(result, -1)});
  CHECK(start_order(facts).empty());
  CHECK(answer(facts, "not there yet").text == "Without postgres it starts; without postgres it retries.");
  facts.drills.push_back({61, 0, absent("gives up", 1)});
  const auto findings = start_order(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].title ==
        "When postgres is not there at the start, the application gives up after 2.0 s, with status 1.");
  CHECK(findings[0].evidence == std::vector<std::int64_t>{61});
}

TEST_CASE("start order: an application that stays broken when all is there again blocks") {
  facts::Facts facts = shop();
  record::DrillEnded drill = absent("stays broken", -1);
  drill.note = "2 of 3 journeys";
  facts.drills.push_back({62, 0, drill});
  const auto findings = start_order(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == facts::Severity::blocking);
  CHECK(has(findings[0].title, "When postgres is not there at the start, the application answers but does not serve"));
  CHECK(has(findings[0].why, "2 of 3 journeys"));
}

TEST_CASE("end of life: by what is announced and the day of the run; what proofload provides is silent") {
  facts::Facts facts = shop();
  CHECK(end_of_life(facts).empty());
  facts.topology.components[1].name = "postgres 13.4";
  facts.topology.components[1].version = "13.4";
  REQUIRE(end_of_life(facts).size() == 1);
  CHECK(end_of_life(facts)[0].title == "postgres announces PostgreSQL 13.4, whose support ended on 2025-11-13.");
  facts.run.wall_time = "2024-01-01T00:00:00Z";
  CHECK(end_of_life(facts).empty());
  facts.run.wall_time = "2026-11-25T10:00:00Z";
  facts.topology.components[1].provided = "postgres";
  CHECK(end_of_life(facts).empty());
  facts.senders.push_back({70, 0, {10, 10, "127.0.0.1", 80, "Node.js", "24.1.0", false}});
  CHECK(end_of_life(facts).empty());
  facts.senders.push_back({71, 0, {10, 10, "127.0.0.1", 80, "Node.js", "18.19.0", false}});
  REQUIRE(end_of_life(facts).size() == 1);
  CHECK(has(end_of_life(facts)[0].title, "server announces Node.js 18.19.0"));
}

TEST_CASE("a line of versions is not the beginning of another") {
  CHECK(life_of("MariaDB", "10.11.2")->line == "10.11");
  CHECK_FALSE(life_of("MariaDB", "10.1.2"));
  CHECK(life_of("PostgreSQL", "9.6.1")->line == "9");
  CHECK_FALSE(life_of("Other", "1"));
  CHECK(life_source("Other").empty());
}

TEST_CASE("visibility: no line and no metrics are found; a request log and metrics are silent") {
  facts::Facts facts = shop();
  facts.output.push_back({80, 0, {kSec, 3 * kSec, 4000, 40, 40}});
  record::AnswerProbed metrics;
  metrics.what = "metrics";
  metrics.excerpt = "# TYPE requests counter";
  facts.probes.push_back({81, 0, metrics});
  answer_requests(facts, 40);
  CHECK(visibility(facts).empty());
  CHECK(has(answer(facts, "see what is going on").text,
            "Logs: 40 lines, structured. Metrics: at /metrics. Traces: none"));
  facts.output[0].value.lines = facts.output[0].value.json_lines = 0;
  facts.probes[0].value.excerpt = "";
  const auto findings = visibility(facts);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].title == "While it answered 40 requests, the application wrote not one line.");
  CHECK(findings[1].severity == facts::Severity::note);
  facts.iterations.clear();
  CHECK(visibility(facts).size() == 1);
}

TEST_CASE("infrastructure: what is run and what takes it over") {
  facts::Facts facts = shop();
  CHECK(has(answer(facts, "What infrastructure").text,
            "PostgreSQL (17.2, kept up until 2029-11-08): a managed PostgreSQL database would take it over."));
  facts.topology.components[1].provided = "postgres";
  CHECK(has(answer(facts, "What infrastructure").text, "of proofload's own in this run"));
  facts::Component unused = facts.topology.components[1];
  unused.id = static_cast<std::int64_t>(facts.topology.components.size());
  unused.provided = "redis";
  unused.product = "Redis";
  facts.topology.components.push_back(unused);
  CHECK(!has(answer(facts, "What infrastructure").text, "Redis"));
}

TEST_CASE("vendor: only what was declared or measured is said") {
  facts::Facts facts = shop();
  CHECK(answer(facts, "Who uses it").state == facts::Answer::State::not_run);
  CHECK(answer(facts, "What validates it").state == facts::Answer::State::not_run);
  CHECK(answer(facts, "stress-tested").state == facts::Answer::State::not_run);
  CHECK(answer(facts, "time to pivot").state == facts::Answer::State::not_run);
  facts.run.config = Json::object().set(
      "vendor", Json::object().set("references", Json::array().push("Example Ltd")).set("reviews", Json::array()));
  const facts::Answer references = answer(facts, "Who uses it");
  CHECK(references.text == "Example Ltd (declared; nothing of it was checked).");
  CHECK(references.evidence_class == facts::Evidence::declared);
  facts::Experiment experiment;
  experiment.key = "chaos.postgres.freeze";
  experiment.fault = "freeze";
  experiment.component = 1;
  facts::Cell cell;
  cell.state = facts::Cell::State::decided;
  cell.headline = facts::Outcome::hangs;
  cell.all = {{facts::Outcome::hangs, 10, 10}};
  cell.evidence = {90};
  facts::Journey journey;
  journey.declared.name = "save";
  journey.steady = {.count = 100, .success = 100, .p99 = 30 * kMs, .good = true};
  facts.journeys.push_back(journey);
  experiment.cells.push_back(cell);
  facts.experiments.push_back(experiment);
  facts.periods.push_back({40, 0, {"steady", -1, 0, 8 * kSec, 10}});
  CHECK(has(answer(facts, "time to pivot").text, "Yes: 1 blocking finding"));
  CHECK(has(answer(facts, "time to pivot").text, "The worst seen: postgres frozen: hangs."));
  const facts::Answer stress = answer(facts, "stress-tested");
  CHECK(stress.state == facts::Answer::State::inconclusive);
  CHECK(has(stress.text, "1 journey together at 10/s each: 100 answers, slowest p99 30 ms (measured)."));
  CHECK(has(answer(facts, "What validates it").text, "none declared under `vendor: reviews:`"));
}

TEST_CASE("a backup: read back whole it is an answer, else a finding too") {
  facts::Facts facts = shop();
  CHECK(answer(facts, "backup").state == facts::Answer::State::not_run);
  facts.backups.push_back({60,
                           0,
                           {.service = "postgres",
                            .how = "pg_dump and pg_restore",
                            .tables = 3,
                            .rows = 4000,
                            .bytes = 1'200'000,
                            .dumped = 300 * kMs,
                            .restored = 900 * kMs}});
  CHECK(backup(facts).empty());
  CHECK(answer(facts, "backup").state == facts::Answer::State::answered);
  CHECK(
      has(answer(facts, "backup").text, "(4000 rows in 3 tables, 1.2 MB) took 300 ms to make and 900 ms to read back"));
  facts.backups[0].value.missing = 5;
  REQUIRE(backup(facts).size() == 1);
  CHECK(backup(facts)[0].title == "A backup of postgres that was read back differs by 5 of 4000 rows.");
  CHECK(backup(facts)[0].evidence == std::vector<std::int64_t>{60});
  facts.backups[0].value.failed = "pg_dump: error: no";
  CHECK(has(backup(facts)[0].why, "It says: pg_dump: error: no"));
  CHECK(has(answer(facts, "backup").text, "No: postgres could not be backed up"));
}

}  // namespace pl::checks

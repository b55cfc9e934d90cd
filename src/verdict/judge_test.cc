#include <doctest/doctest.h>

#include "verdict/verdict.h"

namespace pl::verdict {
namespace {

facts::Facts sound() {
  facts::Facts facts;
  facts.run.subject = "shop";
  facts.journeys.resize(1);
  facts.journeys[0].declared.name = "ask";
  facts.journeys[0].steady = {100, 100};
  facts.journeys[0].steady.good = true;
  facts::Experiment experiment;
  experiment.key = "chaos.postgres.freeze";
  experiment.cells.resize(1);
  experiment.cells[0].state = facts::Cell::State::decided;
  facts.experiments.push_back(experiment);
  facts.end = facts::Seen<record::RunEnded>{9, 9, {"complete", ""}};
  return facts;
}

facts::Finding finding(const std::string& check, facts::Severity severity, const std::string& remedy) {
  facts::Finding result;
  result.check = check;
  result.severity = severity;
  result.title = "Customers see " + check + ".";
  result.remedy = remedy;
  result.evidence = {1};
  result.cells = {"chaos.postgres.freeze"};
  return result;
}

std::vector<facts::Answer> answers() {
  std::vector<facts::Answer> rows;
  for (int i = 0; i < facts::kCheckpoints; ++i) rows.push_back({static_cast<facts::Checkpoint>(i), "?"});
  rows[2].state = facts::Answer::State::answered;
  return rows;
}

}  // namespace

TEST_CASE("ready: every required cell decided and nothing blocking; what did not run is never a pass") {
  const Verdict verdict = judge(sound(), {finding("chaos.errors", facts::Severity::warning, "wait")}, answers());
  CHECK(verdict.overall == Overall::ready);
  CHECK(verdict.exit_code == 0);
  REQUIRE(verdict.checkpoints.size() == 6);
  CHECK(verdict.checkpoints[2].outcome == Outcome::pass);
  CHECK(verdict.checkpoints[1].outcome == Outcome::not_run);
  CHECK(outcome_word(verdict.checkpoints[1].outcome) == "not run");
}

TEST_CASE("not ready by one blocking finding; remedies once, worst first") {
  using facts::Severity;
  const Verdict verdict = judge(
      sound(),
      {finding("chaos.errors", Severity::warning, "b"), finding("operations.terminate", Severity::blocking, "drain"),
       finding("chaos.hangs", Severity::blocking, "limit"), finding("chaos.hangs", Severity::blocking, "limit")},
      answers());
  CHECK(verdict.exit_code == 1);
  CHECK(verdict.first == std::vector<std::string>{"limit", "drain", "b"});
  CHECK(verdict.sentence ==
        "When a dependency stalls, every customer waits until it is back (0.0 s seen), and 2 more findings block.");
  CHECK(verdict.checkpoints[2].outcome == Outcome::fail);
  CHECK(verdict.checkpoints[2].summary == "1 of 1 experiment blocking, 1 warning");
}

TEST_CASE("a required cell that stays open is not passed: exit 3, also where only the budget cut it") {
  facts::Facts facts = sound();
  facts.experiments[0].cells[0].state = facts::Cell::State::inconclusive;
  facts.experiments[0].cells[0].note = "pooled 7 of 180";
  Verdict verdict = judge(facts, {}, answers());
  CHECK(verdict.exit_code == 3);
  CHECK(verdict.checkpoints[2].outcome == Outcome::inconclusive);
  CHECK(verdict.not_tested[0].why == "inconclusive: pooled 7 of 180");
  facts = sound();
  facts.left_out.push_back({1, 1, {"chaos.redis.freeze", "budget", true}});
  CHECK(judge(facts, {}, answers()).exit_code == 3);
  facts.left_out[0].value.required = false;
  CHECK(judge(facts, {}, answers()).exit_code == 0);
}

TEST_CASE("a journey without cells keeps a run from being ready, where no finding blames it") {
  facts::Facts facts = sound();
  facts::Journey& other = facts.journeys.emplace_back();
  other.declared.name = "report";
  const auto why = [&] {
    const Verdict verdict = judge(facts, {}, answers());
    CHECK(verdict.exit_code == 3);
    REQUIRE(verdict.not_tested.size() == 1);
    CHECK(verdict.not_tested[0].what == "all cells of report");
    return verdict.not_tested[0].why;
  };
  CHECK(why() == "no steady state: no answer came");
  other.steady.count = other.steady.success = 7;
  CHECK(why() == "no steady state: too few answers came");
  other.steady.count = 100;
  other.steady.too_many = 93;
  CHECK(why() == "no steady state: the application limits its customers' rate");
  other.steady.too_many = 0;
  CHECK_FALSE(judge(facts, {}, answers()).not_tested[0].required);  // The check says that it fails, and blocks.
}

TEST_CASE("interrupted, failed, without success, or with a generator that fell behind") {
  facts::Facts facts = sound();
  facts.end->value.how = "interrupted";
  CHECK(judge(facts, {}, answers()).exit_code == 130);
  facts.end.reset();
  CHECK(judge(facts, {}, answers()).overall == Overall::interrupted);
  facts = sound();
  facts.journeys[0].steady.success = 0;
  CHECK(judge(facts, {finding("architecture.steady", facts::Severity::blocking, "x")}, answers()).exit_code == 3);
  facts = sound();
  for (std::int64_t i = 0; i < 20; ++i) facts.generator.push_back({i, i, {i, 10, 0, i < 5}});
  CHECK(judge(facts, {finding("chaos.hangs", facts::Severity::blocking, "x")}, answers()).exit_code == 3);
  record::CapacityStep ladder;
  ladder.from = 0;
  ladder.to = 4 * kSec;
  facts.capacity.push_back({99, ladder.to, ladder});
  CHECK(judge(facts, {finding("chaos.hangs", facts::Severity::blocking, "x")}, answers()).exit_code == 1);
}

TEST_CASE("the policy changes severities; an exclusion is said with its reason") {
  facts::Facts facts = sound();
  facts.run.config = *Json::parse(R"({"policy":{"hangs":{"action":"ignore","reason":"batch only"},"errors":"block"}})");
  const Verdict verdict = judge(
      facts,
      {finding("chaos.hangs", facts::Severity::blocking, "x"), finding("chaos.errors", facts::Severity::warning, "y")},
      answers());
  CHECK(verdict.exit_code == 1);
  CHECK(verdict.findings[0].check == "chaos.errors");
  CHECK(verdict.findings[1].severity == facts::Severity::note);
  CHECK(verdict.not_tested.back().why == "excluded by the policy: batch only");
  CHECK(judge(facts::Facts{}, {}, {}).checkpoints.size() == 6);
}

TEST_CASE("a start without a dependency that stays open is listed and keeps nothing open; TERM does") {
  facts::Facts facts = sound();
  record::DrillEnded drill;
  drill.key = "chaos.postgres.absent";
  drill.drill = "absent";
  drill.result = "not decided";
  drill.note = "it did not try to connect";
  facts.drills.push_back({5, 5, drill});
  const Verdict verdict = judge(facts, {}, answers());
  CHECK(verdict.overall == Overall::ready);
  REQUIRE(verdict.not_tested.size() == 1);
  CHECK(verdict.not_tested[0].why == "inconclusive: it did not try to connect");
  facts.drills[0].value.drill = "terminate";
  CHECK(judge(facts, {}, answers()).exit_code == 3);
}

}  // namespace pl::verdict

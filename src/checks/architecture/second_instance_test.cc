#include "checks/architecture/second_instance.h"

#include <doctest/doctest.h>

namespace pl::checks {
namespace {

/// The second instance alone from 100 s to 103 s, both in turn from 104 s to 109 s, ten iterations a second.
/// `wrong_percent` of those in turn are told 401.
facts::Facts tried(int wrong_percent, bool alone_fails = false) {
  facts::Facts facts;
  facts.journeys.resize(1);
  facts::Journey& journey = facts.journeys[0];
  journey.declared.id = 0;
  journey.declared.name = "ask";
  journey.steady.good = true;
  journey.profile = record::AnswerProfiled{.status = 200, .media = "application/json"};
  record::SecondInstance seen{.address = "127.0.0.2:3000",
                              .alone_from = 100 * kSec,
                              .alone_to = 103 * kSec,
                              .turns_from = 104 * kSec,
                              .turns_to = 109 * kSec};
  facts.second_instances.push_back({7, 110 * kSec, seen});
  for (int i = 0; i < 90; ++i) {
    const Ns at = 100 * kSec + i * 100 * kMs;
    const bool turns = at >= seen.turns_from;
    const bool wrong = turns ? i % 10 * 10 < wrong_percent : alone_fails;
    record::Iteration one{.intended = at, .done = at + 10 * kMs, .status = wrong ? 401 : 200};
    one.expected = !wrong;
    one.session_lost = wrong;
    facts.iterations.push_back({100 + i, one.done, one});
  }
  return facts;
}

}  // namespace

TEST_CASE("sessions in memory: alone all is well, in turn customers are not known") {
  const facts::Facts facts = tried(50);
  const Instances seen = instances_of(facts);
  CHECK(seen.state == Instances::State::in_memory);
  CHECK(seen.journeys == std::vector<std::int64_t>{0});
  CHECK(seen.wrong == 25);
  CHECK(seen.of == 50);
  const auto findings = second_instance(facts);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == facts::Severity::warning);
  CHECK(findings[0].title.find("`ask` fails") != std::string::npos);
  CHECK(findings[0].evidence.front() == 7);
  CHECK(findings[0].evidence.size() > 1);
}

TEST_CASE("a shared store: spread, and nothing is found") {
  const facts::Facts facts = tried(0);
  CHECK(instances_of(facts).state == Instances::State::spread);
  CHECK(second_instance(facts).empty());
}

TEST_CASE("a second instance that fails alone says nothing of memory") {
  const facts::Facts facts = tried(100, true);
  CHECK(instances_of(facts).state == Instances::State::undecided);
  CHECK(second_instance(facts).empty());
}

TEST_CASE("writes that one instance alone has are state in memory") {
  facts::Facts facts = tried(0);
  facts.second_instances.back().value.writes_read = 10;
  facts.second_instances.back().value.writes_missing = 5;
  CHECK(instances_of(facts).state == Instances::State::in_memory);
  REQUIRE(second_instance(facts).size() == 1);
  CHECK(second_instance(facts)[0].title.find("5 of 10") != std::string::npos);
}

TEST_CASE("what could not be started is not decided, with the reason; without a trial it was not run") {
  facts::Facts facts = tried(50);
  facts.second_instances.back().value.undecided = "the second instance ended with status 1";
  CHECK(instances_of(facts).why == "the second instance ended with status 1");
  CHECK(second_instance(facts).empty());
  CHECK(instances_of(facts::Facts{}).state == Instances::State::not_run);
}

TEST_CASE("a new instance that takes over: what went wrong is counted from then on") {
  facts::Facts facts = tried(0);
  CHECK(!replaced(facts));
  record::SecondInstance& seen = facts.second_instances.back().value;
  seen.replaced_from = seen.turns_from;
  seen.replaced_to = seen.turns_to;
  REQUIRE(replaced(facts));
  CHECK(replaced(facts)->of == 50);
  CHECK(replaced(facts)->wrong == 0);
  facts::Facts lost = tried(20);
  lost.second_instances.back().value.replaced_from = seen.replaced_from;
  lost.second_instances.back().value.replaced_to = seen.replaced_to;
  REQUIRE(replaced(lost));
  CHECK(replaced(lost)->wrong == 10);
  CHECK(replaced(lost)->lost_sessions == 10);
}

}  // namespace pl::checks

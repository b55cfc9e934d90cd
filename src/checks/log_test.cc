#include <doctest/doctest.h>

#include <algorithm>

#include "checks/checks.h"

namespace pl::checks {
namespace {

constexpr Ns kStep = 100 * kMs;  ///< Ten iterations a second.

/// A whole log by hand: server.js on postgres, journey save at 10/s, postgres refused from second 25 to 32.
class Story {
 public:
  std::vector<record::Observation> frames;

  template <class Kind>
  void add(Ns at, const Kind& kind) {
    record::Observation seen = record::observe(at, kind);
    seen.id = static_cast<std::int64_t>(frames.size());
    frames.push_back(std::move(seen));
  }

  void begin() {
    add(0, record::RunStarted{});
    add(0, record::ProcessStarted{11, 1, "/usr/bin/postgres", {"postgres"}, "/", 0, ""});
    add(0, record::ListenerSeen{11, "127.0.0.1", 5432});
    add(0, record::ProcessStarted{20, 1, "/usr/bin/node", {"node", "server.js"}, "/", 0, ""});
    add(0, record::ListenerSeen{20, "127.0.0.1", 3000});
    add(0, record::ConnectSeen{20, 20, {1}, "127.0.0.1", 5432, "", "ok"});
    add(kMs, record::SubjectReady{"127.0.0.1", 3000, kSec, 20});
    add(kMs, record::JourneyDeclared{0, "save", {"POST /notes"}});
    record::AnswerProfiled profile;
    profile.samples = 30;
    profile.status = 200;
    profile.media = "application/json";
    profile.stable_percent = 100;
    add(kMs, profile);
  }

  /// Answers of one stretch of time, and what the edge carried.
  void serve(Ns from, Ns to, std::int64_t status) {
    for (Ns at = from; at < to; at += kStep) {
      record::Iteration iteration;
      iteration.number = number_++;
      iteration.intended = iteration.taken = iteration.sent = at;
      iteration.done = at + 20 * kMs;
      iteration.status = status;
      iteration.expected = status == 200;
      iteration.match = status == 200 ? 100 : 0;
      add(iteration.done, iteration);
      if (at % kSec != 0) continue;
      record::FlowSecond flow;
      flow.owner = 20;
      flow.address = "127.0.0.1";
      flow.port = 5432;
      flow.second = at / kSec;
      flow.requests = flow.exchanges = 10;
      add(iteration.done, flow);
    }
  }

  void tell(std::int64_t fault_status) {
    begin();
    serve(kSec, 5 * kSec, 200);
    add(5 * kSec, record::LoadPeriod{"solo", 0, kSec, 5 * kSec, 10});
    serve(5 * kSec, 15 * kSec, 200);
    add(15 * kSec, record::LoadPeriod{"steady", -1, 5 * kSec, 15 * kSec, 10});
    serve(15 * kSec, 25 * kSec, 200);
    serve(25 * kSec, 32 * kSec, fault_status);
    serve(32 * kSec, 36 * kSec, 200);
    record::TrialEnded trial;
    trial.key = "chaos.postgres.refuse";
    trial.form = "hold";
    trial.fault = "refuse";
    trial.edge = 0;
    trial.control_from = 20 * kSec;
    trial.fault_from = 25 * kSec;
    trial.fault_to = 32 * kSec;
    trial.watched_to = 36 * kSec;
    trial.requests_met = 70;
    trial.connections_met = 2;
    add(36 * kSec, trial);
    add(37 * kSec, record::RunEnded{"complete", ""});
  }

 private:
  std::int64_t number_ = 0;
};

}  // namespace

TEST_CASE("a log with a refused database and answers of 500: errors, and the edge is hard and proved") {
  Story story;
  story.tell(500);
  const facts::Facts facts = facts::fold(story.frames);
  REQUIRE(facts.journeys.size() == 1);
  CHECK(facts.journeys[0].steady.good);
  CHECK(facts.journeys[0].uses == std::vector<std::int64_t>{0});
  REQUIRE(facts.experiments.size() == 1);
  REQUIRE(facts.topology.edges.size() == 1);
  CHECK(facts.topology.edges[0].provenance == facts::Provenance::proved);
  CHECK(facts.topology.edges[0].criticality.at(0) == facts::Criticality::hard);
  const auto findings = run_all(facts);
  REQUIRE(std::any_of(findings.begin(), findings.end(), [](const auto& f) { return f.check == "chaos.errors"; }));
}

TEST_CASE("the same log with answers of 200 is not blamed") {
  Story story;
  story.tell(200);
  const facts::Facts facts = facts::fold(story.frames);
  CHECK(run_all(facts).empty());
  CHECK(facts.topology.edges.at(0).criticality.at(0) == facts::Criticality::soft);
}

TEST_CASE("every prefix of a log folds and is judged, and the same log gives the same findings") {
  Story story;
  story.tell(500);
  facts::Fold fold;
  for (std::size_t i = 0; i < story.frames.size(); ++i) {
    fold.apply(story.frames[i]);
    if (i % 25 != 0 && i + 40 < story.frames.size()) continue;
    const facts::Facts facts = fold.finish();
    for (const facts::Finding& finding : run_all(facts)) CHECK_FALSE(finding.evidence.empty());
    CHECK_FALSE(answers(facts).empty());
  }
  CHECK(run_all(fold.finish()).size() == run_all(facts::fold(story.frames)).size());
}

}  // namespace pl::checks

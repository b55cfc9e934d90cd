#include "facts/procedure.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "facts/log_for_test.h"

namespace pl::facts {
namespace {

using test::Log;

/// All of the hold with one status after one wait.
Experiment all_answer(Log& log, std::int64_t status, Ns wait) {
  const record::TrialEnded trial = log.trial();
  for (Ns at = trial.fault_from; at < trial.fault_to; at += 100 * kMs) log.add(0, at, wait, status);
  return log.decided(trial);
}

record::Iteration answer(std::int64_t status, Ns wait = 10 * kMs) {
  record::Iteration iteration;
  iteration.done = wait;
  iteration.status = status;
  return iteration;
}

Journey usual() {
  Journey journey;
  journey.profile = record::AnswerProfiled{.status = 200};
  return journey;
}

}  // namespace

TEST_CASE("an application that does not serve again after a restart has no recovery, after one trial") {
  Log log;
  record::TrialEnded trial = log.trial(0);
  trial.form = "brief";
  trial.fault = "restart";
  trial.edge = -1;
  trial.component = 0;  // The entry itself.
  trial.never_back = "the application ended with status 1";
  const Experiment decided = log.decided(trial);
  REQUIRE(decided.cells.size() == 1);
  CHECK(decided.cells[0].state == Cell::State::decided);
  CHECK(decided.cells[0].headline == Outcome::no_recovery);
  CHECK(decided.next == Next::done);
  CHECK(decided.note == "it did not come back: the application ended with status 1");
}

TEST_CASE("several edges at once: who uses one of them uses the target, and the others must not fail") {
  Log log(2);
  log.facts.journeys[1].uses = {};
  record::TrialEnded trial = log.trial(1);
  trial.fault = "refuse";
  trial.edge = -1;
  trial.edges = {0, 1};
  for (Ns at = trial.fault_from; at < trial.fault_to; at += 100 * kMs) log.add(1, at, 10 * kMs, 500);
  const Experiment decided = log.decided(trial);
  CHECK(decided.edges == trial.edges);
  CHECK(decided.cells[0].uses_target);
  CHECK(decided.cells[0].headline == Outcome::unaffected);
  CHECK_FALSE(decided.cells[1].uses_target);
  CHECK(decided.cells[1].headline == Outcome::outage);
}

TEST_CASE("classes of answers") {
  const Journey journey = usual();
  CHECK(classify(answer(200), journey) == AnswerClass::same);
  CHECK(classify(answer(503), journey) == AnswerClass::refused);
  CHECK(classify(answer(503, 7 * kSec), journey) == AnswerClass::error);
  CHECK(classify(answer(500), journey) == AnswerClass::error);
  CHECK(classify(answer(404), journey) == AnswerClass::misleading);
  CHECK(classify(answer(302), journey) == AnswerClass::misleading);
  Journey limited = journey;
  CHECK(classify(answer(429), limited) == AnswerClass::refused);
  limited.steady.has_429 = true;
  CHECK(classify(answer(429), limited) == AnswerClass::misleading);
}

TEST_CASE(
    "a usual redirect that leads elsewhere hides the failure; a status that is usual beside the first is the same") {
  Journey journey = usual();
  journey.profile->status = 302;
  journey.profile->also = {201};
  CHECK(classify(answer(302), journey) == AnswerClass::same);
  CHECK(classify(answer(201), journey) == AnswerClass::same);
  CHECK(classify(answer(200), journey) == AnswerClass::changed);
  record::Iteration elsewhere = answer(302);
  elsewhere.match = 0;
  CHECK(classify(elsewhere, journey) == AnswerClass::misleading);
}

TEST_CASE("classes of successes that are not the same") {
  const Journey journey = usual();
  record::Iteration other = answer(200);
  other.match = 89;
  CHECK(classify(other, journey) == AnswerClass::changed);
  other.error_word = "unavailable";
  CHECK(classify(other, journey) == AnswerClass::misleading);
  record::Iteration empty = answer(200);
  empty.empty = true;
  CHECK(classify(empty, journey) == AnswerClass::misleading);
  record::Iteration lost = answer(401);
  lost.session_lost = true;
  CHECK(classify(lost, journey) == AnswerClass::lost_session);
}

TEST_CASE("classes of streams and of answers that did not arrive") {
  const Journey journey = usual();
  record::Iteration stream = answer(200);
  stream.stream = stream.stream_error = true;
  stream.last_gap = 5 * kSec;
  CHECK(classify(stream, journey) == AnswerClass::refused);
  stream.last_gap = 7 * kSec;
  CHECK(classify(stream, journey) == AnswerClass::error);
  stream.stream_error = false;
  stream.end = record::End::dropped;
  CHECK(classify(stream, journey) == AnswerClass::error);
  stream.end = record::End::open;
  CHECK(classify(stream, journey) == AnswerClass::open);
}

TEST_CASE("a steady state needs 95 percent, and stalls are taken out of it") {
  Log log;
  log.steady(0, 0, 10 * kSec);
  log.facts.iterations.back().value.status = 429;
  log.facts.stalls.push_back({0, 0, {5 * kSec, 5 * kSec + 15 * kMs, 0}});
  const Steady steady = steady_state(log.facts, 0, 0, 10 * kSec);
  CHECK(steady.good);
  CHECK(steady.count == 100);
  CHECK(steady.success == 99);
  CHECK(steady.has_429);
  CHECK(steady.median == 20 * kMs);
  for (std::size_t i = 0; i < 10; ++i) log.facts.iterations[i].value.status = 500;
  const Steady worse = steady_state(log.facts, 0, 0, 10 * kSec);
  CHECK_FALSE(worse.good);
  CHECK(no_steady_state(steady) == "");
  CHECK(no_steady_state(worse) == "below 95 % success");
  CHECK(no_steady_state({.count = 9, .success = 9}) == "too few answers came");
}

TEST_CASE("errors at once, and their bound") {
  Log log;
  const Experiment experiment = all_answer(log, 500, 8 * kMs);
  REQUIRE(experiment.cells.size() == 1);
  CHECK(experiment.next == Next::done);
  CHECK(experiment.cells[0].state == Cell::State::decided);
  CHECK(experiment.cells[0].headline == Outcome::errors);
  CHECK(experiment.cells[0].note == "500 in 8 ms");
  CHECK(experiment.cells[0].recovery == 0);
}

TEST_CASE("a bound of the application's own is no hang, and without one it hangs") {
  Log bounded;
  const Cell own = all_answer(bounded, 503, 5 * kSec).cells[0];
  CHECK(own.headline == Outcome::graceful);
  CHECK(own.wait_end == WaitEnd::application);
  CHECK(own.bound == 5 * kSec);
  Log log;
  const record::TrialEnded trial = log.trial();
  for (Ns at = trial.fault_from; at < trial.fault_to; at += 100 * kMs) log.add(0, at, trial.fault_to - at + 10 * kMs);
  const Experiment experiment = log.decided(trial);
  CHECK(experiment.cells[0].headline == Outcome::hangs);
  CHECK(experiment.cells[0].wait_end == WaitEnd::fault_removed);
  CHECK(unbounded({experiment}) == std::vector<std::string>{"k"});
}

TEST_CASE("waits that have not ended are seen through the load's own list") {
  Log log;
  const record::TrialEnded trial = log.trial();
  std::vector<OpenIteration> open;
  for (Ns at = trial.fault_from; at < trial.fault_to; at += 100 * kMs) open.push_back({0, at});
  log.decided(trial);
  const Cell cell = decide(log.facts, "k", open).cells[0];
  CHECK(cell.headline == Outcome::hangs);
  CHECK(cell.wait_end == WaitEnd::not_seen);
}

TEST_CASE("a hold goes on where many wait for its end, and not where the application ends the waits itself") {
  Log log;
  const record::TrialEnded trial = log.trial();
  std::vector<OpenIteration> open;
  for (Ns at = trial.fault_from; at < trial.fault_to; at += 100 * kMs) open.push_back({0, at});
  CHECK(hangs_so_far(log.facts, trial, trial.fault_to, open));
  CHECK_FALSE(hangs_so_far(log.facts, trial, trial.fault_from + 6 * kSec, open));
  open.resize(4);
  CHECK_FALSE(hangs_so_far(log.facts, trial, trial.fault_to, open));
  Log bounded;
  const record::TrialEnded ended = bounded.trial();
  std::vector<OpenIteration> rest;
  for (Ns at = ended.fault_from; at < ended.fault_to; at += 100 * kMs) {
    if (at + 10 * kSec < ended.fault_to)
      bounded.add(0, at, 10 * kSec, 503);
    else
      rest.push_back({0, at});
  }
  std::ranges::stable_sort(bounded.facts.iterations, {}, [](const auto& seen) { return seen.at; });
  CHECK_FALSE(hangs_so_far(bounded.facts, ended, ended.fault_to, rest));
}

TEST_CASE("a few errors ask for another hold") {
  Log log;
  const record::TrialEnded trial = log.trial();
  std::int64_t number = 0;
  for (Ns at = trial.fault_from; at < trial.fault_to; at += 100 * kMs) {
    log.add(0, at, 20 * kMs, ++number % 24 == 0 ? 500 : 200);
  }
  const Experiment experiment = log.decided(trial);
  CHECK(experiment.next == Next::hold);
  CHECK(experiment.cells[0].state == Cell::State::inconclusive);
  CHECK(experiment.cells[0].note == "errors: pooled 5 of 120");
}

TEST_CASE("slower answers ask for a switchback") {
  Log log;
  CHECK(all_answer(log, 200, 300 * kMs).next == Next::switchback);
  Log same;
  CHECK(all_answer(same, 200, 60 * kMs).cells[0].headline == Outcome::unaffected);
}

TEST_CASE("a journey that does not use the part: unaffected, or an outage") {
  Log log(3);
  log.facts.journeys[0].uses = {};
  log.facts.journeys[1].uses = {};
  const Experiment experiment = all_answer(log, 500, 8 * kMs);
  CHECK(experiment.cells[0].headline == Outcome::outage);
  CHECK(experiment.cells[1].headline == Outcome::unaffected);
  CHECK(experiment.cells[1].note == "(does not use it)");
}

TEST_CASE("where no journey uses the part alone it is not known who does: what fails is no outage") {
  Log log(2);
  log.facts.journeys[0].uses = {};
  log.facts.journeys[1].uses = {};
  CHECK(all_answer(log, 500, 8 * kMs).cells[0].headline == Outcome::errors);
}

TEST_CASE("nobody can tell who uses a Unix socket, nor what a frozen part behind one met") {
  Log log(2);
  log.facts.journeys[0].uses = {};
  log.facts.topology.edges[0].protocol = "unix";
  record::TrialEnded trial = log.trial(0);
  trial.fault = "freeze";
  trial.edge = -1;
  trial.component = log.facts.topology.edges[0].to;
  trial.requests_met = trial.connections_met = 0;
  for (Ns at = trial.fault_from; at < trial.fault_to; at += 100 * kMs) log.add(0, at, 10 * kMs, 500);
  const Experiment decided = log.decided(trial);
  CHECK(decided.cells[0].headline == Outcome::errors);
  CHECK(decided.cells[1].headline == Outcome::unaffected);
  CHECK(decided.cells[1].state == Cell::State::decided);
}

TEST_CASE("a health endpoint that looks at intervals does not mislead where a longer hold shows that it notices") {
  const auto held = [](Log& log, Ns good_for) {
    log.facts.journeys[1].declared.health = true;
    record::TrialEnded longer = log.trial(1);
    longer.key = "longer";
    for (Ns at = longer.fault_from; at < longer.fault_to; at += 100 * kMs) {
      log.add(1, at, 10 * kMs, at < longer.fault_from + good_for ? 200 : 503);
    }
    log.facts.trials.push_back({++log.frame, longer.watched_to, longer});
    return all_answer(log, 500, 8 * kMs).cells[1].headline;
  };
  Log notices(2), never(2);
  CHECK(held(notices, 8 * kSec) == Outcome::unaffected);
  CHECK(held(never, 60 * kSec) == Outcome::misleading);
}

TEST_CASE("a health endpoint that stays good while another journey fails misleads, but not one that says it lives") {
  Log log(3);
  log.facts.journeys[1].declared.health = true;
  log.facts.journeys[2].declared.health = log.facts.journeys[2].declared.live = true;
  const Experiment experiment = all_answer(log, 500, 8 * kMs);
  CHECK(experiment.cells[1].headline == Outcome::misleading);
  CHECK(experiment.cells[2].headline == Outcome::unaffected);
}

TEST_CASE("a process of another component that ended is a crash, unless its start script ended before") {
  Log log;
  const record::TrialEnded trial = log.trial(1);
  log.steady(0, trial.fault_from, trial.fault_to);
  log.facts.started.push_back({1, 0, {.pid = 50, .parent = 49}});
  log.facts.ended.push_back({7, trial.fault_from + kSec, {.pid = 50, .status = 1}});
  log.facts.ended.push_back({8, trial.fault_from + 2 * kSec, {.pid = 50, .status = 1}});  // Twice in one trial.
  log.facts.topology.components[1].inside = true;
  const Cell cell = log.decided(trial).cells[0];
  CHECK(cell.headline == Outcome::crash);
  CHECK(cell.all[0].count == 1);
  CHECK(cell.all[0].of == 1);
  log.facts.ended.insert(log.facts.ended.begin(), {6, trial.fault_from, {.pid = 49}});
  CHECK(decide(log.facts, "k").cells[0].headline == Outcome::unaffected);
}

TEST_CASE("an acknowledged write that is missing is lost data, where the steady state proved the pair") {
  Log log;
  log.facts.writes.push_back({5, 0, {.journey = 0, .result = "missing", .occasion = "k"}});
  CHECK(all_answer(log, 200, 20 * kMs).cells[0].headline == Outcome::unaffected);
  log.facts.writes.push_back({6, 0, {.journey = 0, .result = "found", .occasion = "steady"}});
  CHECK(decide(log.facts, "k").cells[0].headline == Outcome::data_lost);
}

TEST_CASE("a fault that met nothing, an aborted trial and void seconds decide nothing") {
  Log log;
  record::TrialEnded trial = log.trial(1);
  log.steady(0, trial.fault_from, trial.fault_to);
  trial.requests_met = 0;
  CHECK(log.decided(trial).cells[0].state == Cell::State::inconclusive);
  log.facts.trials[0].value.requests_met = 1;
  CHECK(decide(log.facts, "k").cells[0].state == Cell::State::decided);
  for (Ns at = trial.fault_from; at < trial.fault_to; at += kSec)
    log.facts.generator.push_back({0, at, {at / kSec, 10, 0, true}});
  CHECK(decide(log.facts, "k").cells[0].state == Cell::State::inconclusive);
  log.facts.generator.clear();
  log.facts.trials[0].value.aborted = "the disk is full";
  CHECK(decide(log.facts, "k").cells[0].note == "the disk is full");
  CHECK(decide(log.facts, "k").next == Next::hold);
}

TEST_CASE("no recovery needs two trials") {
  Log log;
  Experiment experiment;
  for (int i = 0; i < 2; ++i) {
    record::TrialEnded trial = log.trial(1);
    log.steady(0, trial.fault_from, trial.fault_to);
    for (auto& seen : log.facts.iterations) {
      if (seen.value.intended >= trial.fault_to) seen.value.status = 500;
    }
    trial.watched_to = trial.fault_to + 30 * kSec;
    experiment = log.decided(trial);
    if (i == 0) CHECK(experiment.next == Next::hold);
  }
  CHECK(experiment.cells[0].headline == Outcome::no_recovery);
  CHECK(experiment.cells[0].recovery == -1);
}

TEST_CASE("a hold is longer when a request is old or when it changed on the way") {
  Log log;
  log.steady(0, 0, 5 * kSec);
  CHECK_FALSE(hold_longer(log.facts, 0, 5 * kSec, {}));
  const std::vector<OpenIteration> old{{0, 3 * kSec}};
  CHECK(hold_longer(log.facts, 0, 5 * kSec, old));
  for (auto& seen : log.facts.iterations) {
    if (seen.value.intended >= 3 * kSec) seen.value.status = 500;
  }
  CHECK(hold_longer(log.facts, 0, 5 * kSec, {}));
}

TEST_CASE("a hold goes on where a journey has just begun to fail") {
  Log log;
  const record::TrialEnded trial{.key = "k", .fault = "silent", .edge = 0};
  log.steady(0, 0, 12 * kSec);
  CHECK_FALSE(unfolding(log.facts, trial, 12 * kSec));
  const auto fail_from = [&](Ns from, Ns to) {
    for (auto& seen : log.facts.iterations) {
      if (seen.value.intended >= from && seen.value.intended < to) seen.value.status = 500;
    }
  };
  fail_from(11 * kSec, 12 * kSec);
  CHECK(unfolding(log.facts, trial, 12 * kSec));
  // It was to be seen before: no need to wait for more.
  fail_from(6 * kSec, 7 * kSec);
  CHECK_FALSE(unfolding(log.facts, trial, 12 * kSec));
}

TEST_CASE("a hold goes on while connections of another edge pile up") {
  Log log;
  const record::TrialEnded trial{.key = "k", .fault = "silent", .edge = 0, .fault_from = 100 * kSec};
  const auto told = [&](std::int64_t edge, auto open) {
    log.facts.topology.edges.clear();
    for (std::int64_t id = 0; id < 2; ++id) log.facts.topology.edges.push_back({.id = id, .from = 0, .to = 1});
    auto& by_second = log.facts.topology.edges[static_cast<std::size_t>(edge)].open_by_second;
    for (std::int64_t second = 90; second < 112; ++second) by_second[second] = open(second);
    return unfolding(log.facts, trial, 112 * kSec);
  };
  const auto piles = [](std::int64_t second) { return 10 + 8 * std::max<std::int64_t>(0, second - 100); };
  CHECK(told(1, piles));
  CHECK_FALSE(told(0, piles));  // The faulted one itself.
  CHECK_FALSE(told(1, [](std::int64_t) { return 60; }));
  CHECK_FALSE(told(1, [&](std::int64_t second) { return std::min<std::int64_t>(piles(second), 50); }));  // It is full.
  CHECK_FALSE(told(1, [](std::int64_t second) { return second - 90; }));  // A pool that fills.
}

TEST_CASE("calm and isolated") {
  Log log;
  log.facts.journeys[0].declared.name = "page";
  log.steady(0, 0, 10 * kSec);
  CHECK(calm(log.facts, 5 * kSec, 10 * kSec, {}));
  CHECK_FALSE(calm(log.facts, 9 * kSec, 10 * kSec, {}));
  CHECK(not_isolated(log.facts, 10 * kSec, {}).empty());
  const std::vector<OpenIteration> old{{0, 8 * kSec}};
  CHECK_FALSE(calm(log.facts, 5 * kSec, 10 * kSec, old));
  CHECK(calm(log.facts, 8 * kSec + 1, 10 * kSec + 1, old));
  CHECK(not_isolated(log.facts, 10 * kSec, old) == "`page` waits for an answer");
  log.facts.iterations.back().value.status = 500;
  CHECK_FALSE(calm(log.facts, 5 * kSec, 10 * kSec, {}));
  CHECK(unrest(log.facts, 5 * kSec, 10 * kSec, {}) ==
        "`page` is answered otherwise than in its steady state, with status 500");
  CHECK(unrest(log.facts, 20 * kSec, 30 * kSec, {}) == "`page` is not answered");
}

TEST_CASE("a journey that departs rarely is calm by the answers that it can have") {
  for (const Ns gap : {1600 * kMs, 5 * kSec, 20 * kSec}) {
    Log log(2);
    log.facts.periods.push_back({0, 0, {.purpose = "steady", .from = 0, .to = 100 * kSec}});
    log.facts.journeys[0].steady.count = 1000;
    log.facts.journeys[1].steady.count = 100 * kSec / gap;
    log.steady(0, 0, 200 * kSec);
    for (Ns at = 0; at < 200 * kSec; at += gap) log.add(1, at, 20 * kMs);
    std::ranges::stable_sort(log.facts.iterations, {}, [](const auto& seen) { return seen.value.done; });
    for (Ns now = 150 * kSec; now < 170 * kSec; now += 700 * kMs) CHECK(not_isolated(log.facts, now, {}).empty());
  }
}

TEST_CASE("a journey that departs rarely is not calm before two answers, nor after a wrong one") {
  Log log;
  log.facts.periods.push_back({0, 0, {.purpose = "steady", .from = 0, .to = 160 * kSec}});
  for (Ns at = 0; at < 200 * kSec; at += 1600 * kMs) log.add(0, at, 20 * kMs);
  log.facts.last = 200 * kSec;
  CHECK_FALSE(calm(log.facts, 190 * kSec, 192 * kSec, {}));
  CHECK(calm(log.facts, 190 * kSec, 194 * kSec, {}));
  log.facts.iterations[119].value.status = 500;  // Intended at 190.4 s.
  CHECK_FALSE(calm(log.facts, 190 * kSec, 194 * kSec, {}));
  CHECK(calm(log.facts, 190 * kSec, 195 * kSec, {}));
}

TEST_CASE("an edge whose rate left the steady one is not isolated") {
  Log log;
  log.steady(0, 0, 30 * kSec);
  log.facts.periods.push_back({0, 0, {.purpose = "steady", .from = 0, .to = 10 * kSec}});
  log.facts.topology.edges[0].name = "db";
  for (std::int64_t second = 0; second < 30; ++second) log.facts.topology.edges[0].requests_by_second[second] = 20;
  CHECK(not_isolated(log.facts, 30 * kSec, {}).empty());
  log.facts.topology.edges[0].requests_by_second[28] = 60;
  CHECK(not_isolated(log.facts, 30 * kSec, {}) == "the requests to db are not as many as in the steady state");
}

}  // namespace pl::facts

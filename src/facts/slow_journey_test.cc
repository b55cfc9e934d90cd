#include <doctest/doctest.h>

#include "facts/log_for_test.h"
#include "facts/procedure.h"

namespace pl::facts {
namespace {

using test::Log;

/// A journey that usually takes 8 s, made once a second.
Log slow_log() {
  Log log;
  log.facts.journeys[0].steady = {
      .count = 30, .success = 30, .median = 8 * kSec, .p95 = 8100 * kMs, .p99 = 8200 * kMs, .good = true};
  log.facts.periods.push_back({++log.frame, 60 * kSec, {"steady", -1, 30 * kSec, 60 * kSec, 1}});
  return log;
}

/// A trial of it whose hold is as long as telling_hold() asks, and whose answers in the hold take what `wait` says of
/// when they were intended.
template <class Wait>
record::TrialEnded slow_trial(Log& log, std::int64_t status, Wait wait) {
  record::TrialEnded trial{.key = "k", .form = "hold", .fault = "silent", .edge = 0};
  trial.control_from = log.begin;
  trial.fault_from = log.begin + 4 * kSec;
  Experiment experiment;
  experiment.edge = 0;
  trial.fault_to = trial.fault_from + telling_hold(log.facts, experiment);
  trial.watched_to = trial.fault_to + 20 * kSec;
  trial.requests_met = 20;
  for (Ns at = trial.control_from; at < trial.watched_to - 8 * kSec; at += kSec) {
    const bool held = at >= trial.fault_from && at < trial.fault_to;
    log.add(0, at, held ? wait(trial, at) : 8 * kSec, held ? status : 200);
  }
  return trial;
}

}  // namespace

TEST_CASE("the usual answers of a journey that takes 8 s are no hangs, and waits without end are") {
  Log log = slow_log();
  CHECK(slow_journey(log.facts.journeys[0].steady));
  CHECK(hang_limit(log.facts.journeys[0].steady, 0) == 13300 * kMs);
  Experiment faulted;
  faulted.edge = 0;
  CHECK(telling_hold(log.facts, faulted) == 19300 * kMs);
  CHECK(recovery_limit(log.facts) == 38200 * kMs);
  CHECK(switchback_block(log.facts) == 16 * kSec);
  const Cell usual = log.decided(slow_trial(log, 200, [](const auto&, Ns) { return 8 * kSec; })).cells[0];
  CHECK(usual.state == Cell::State::decided);
  CHECK(usual.headline == Outcome::unaffected);
  Log silent = slow_log();
  const auto waits = [](const record::TrialEnded& trial, Ns at) { return trial.fault_to - at + 8 * kSec; };
  const Cell hangs = silent.decided(slow_trial(silent, 200, waits)).cells[0];
  CHECK(hangs.state == Cell::State::decided);
  CHECK(hangs.headline == Outcome::hangs);
  CHECK(hangs.wait_end == WaitEnd::fault_removed);
  Log refused = slow_log();
  const Cell errors = refused.decided(slow_trial(refused, 500, [](const auto&, Ns) { return 5 * kMs; })).cells[0];
  CHECK(errors.headline == Outcome::errors);
}

TEST_CASE("a journey that is fast, or does not use the part, changes neither holds nor limits") {
  Log log = slow_log();
  log.facts.journeys[0].uses = {};
  Experiment faulted;
  faulted.edge = 0;
  CHECK(telling_hold(log.facts, faulted) == 0);
  Log fast;
  CHECK_FALSE(slow_journey(fast.facts.journeys[0].steady));
  CHECK(telling_hold(fast.facts, faulted) == 0);
  CHECK(recovery_limit(fast.facts) == 30 * kSec);
  CHECK(hang_limit(fast.facts.journeys[0].steady, 9 * kSec) == 10 * kSec);
}

}  // namespace pl::facts

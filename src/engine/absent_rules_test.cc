#include "engine/absent_rules.h"

#include <doctest/doctest.h>

namespace pl::engine {
namespace {

const AbsentLimits kUsual = absent_limits(2 * kSec);

}  // namespace

TEST_CASE("an answer is not a start yet: it may ask for its dependency a few times and end then") {
  AbsentSeen seen{.started = kSec, .answered = 2 * kSec, .refused = 3 * kSec, .program_any = true};
  CHECK(absent_step(seen, kUsual, 4 * kSec) == AbsentStep::watch);
  CHECK(absent_step(seen, kUsual, 12 * kSec) == AbsentStep::watch);
  CHECK(absent_step(seen, kUsual, 14 * kSec) == AbsentStep::starts);
  seen.program_gone = 8 * kSec;
  CHECK(absent_step(seen, kUsual, 8500 * kMs) == AbsentStep::watch);  // Something may start it again.
  CHECK(absent_step(seen, kUsual, 10 * kSec) == AbsentStep::gives_up);
}

TEST_CASE("an answer of who asks for nothing is a start after a short while") {
  const AbsentSeen seen{.started = kSec, .answered = 2 * kSec, .program_any = true};
  CHECK(absent_step(seen, kUsual, 4 * kSec) == AbsentStep::watch);
  CHECK(absent_step(seen, kUsual, 6 * kSec) == AbsentStep::starts);
}

TEST_CASE("a command that ends before its program was started gives up, if its dependency was asked for") {
  AbsentSeen seen{.started = kSec, .command_gone = 3 * kSec, .command_failed = true};
  CHECK(absent_step(seen, kUsual, 3500 * kMs) == AbsentStep::watch);
  CHECK(absent_step(seen, kUsual, 5 * kSec) == AbsentStep::ends_unasked);
  seen.refused_any = 2 * kSec;
  CHECK(absent_step(seen, kUsual, 5 * kSec) == AbsentStep::gives_up_early);
  // A script that starts its parts in the background and ends well.
  seen.command_failed = false;
  CHECK(absent_step(seen, kUsual, 5 * kSec) == AbsentStep::watch);
  CHECK(absent_step(seen, kUsual, 32 * kSec) == AbsentStep::not_asked);
  seen.anything_runs = false;
  CHECK(absent_step(seen, kUsual, 5 * kSec) == AbsentStep::gives_up_early);
}

TEST_CASE("who runs without an answer waits for its dependency, or has not asked for it") {
  AbsentSeen seen{.started = kSec, .program_any = true};
  CHECK(absent_step(seen, kUsual, 30 * kSec) == AbsentStep::watch);
  CHECK(absent_step(seen, kUsual, 32 * kSec) == AbsentStep::not_asked);
  seen.refused = 2 * kSec;
  CHECK(absent_step(seen, kUsual, 11 * kSec) == AbsentStep::watch);
  CHECK(absent_step(seen, kUsual, 13 * kSec) == AbsentStep::waits);
}

TEST_CASE("who takes long to start is waited for longer") {
  CHECK(absent_limits(0).tries == 30 * kSec);
  CHECK(absent_limits(0).comes_up == 20 * kSec);
  CHECK(absent_limits(40 * kSec).tries == 120 * kSec);
  CHECK(absent_limits(40 * kSec).comes_up == 120 * kSec);
  CHECK(absent_limits(40 * kSec).watch == 40 * kSec);
}

}  // namespace pl::engine

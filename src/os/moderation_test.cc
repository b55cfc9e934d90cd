#include "os/moderation.h"

#include <doctest/doctest.h>

#include <vector>

using namespace pl;
using os::Moderation;

namespace {

/// A loop with so many descriptors that have events all the time, each turn with a wait, some work, and an answer.
struct Loop {
  Moderation moderation{};
  std::vector<std::uint32_t> last;
  Ns now = kSec;
  Ns answer = 5 * kMs;

  explicit Loop(std::size_t descriptors) : last(descriptors) {}
  void turns(int count, Ns wait, Ns work) {
    for (int turn = 0; turn < count; ++turn) {
      moderation.waited(now, now + wait);
      for (std::uint32_t& one : last) moderation.served(one);
      if (answer > 0) moderation.answered(answer);
      now += wait + work;
    }
  }
};

}  // namespace

TEST_CASE("a loop that is busy with many descriptors pauses where a wait brings few events") {
  Loop loop(100);
  CHECK(loop.moderation.pause(1) == 0);  // nothing is known yet
  loop.turns(60, 200 * kUs, 300 * kUs);
  CHECK(loop.moderation.pause(1) == 100 * Moderation::kPerDescriptor);
  CHECK(loop.moderation.pause(100 / Moderation::kEnough) > 0);
  CHECK(loop.moderation.pause(100 / Moderation::kEnough + 1) == 0);
  CHECK(loop.moderation.pause(0) == 0);
  Loop large(10'000);
  large.turns(60, 200 * kUs, 300 * kUs);
  CHECK(large.moderation.pause(Moderation::kPlenty - 1) == Moderation::kLongest);
  CHECK(large.moderation.pause(Moderation::kPlenty) == 0);
}

TEST_CASE("few descriptors, or a loop that mostly waits, never pause") {
  Loop few(Moderation::kFewest - 1);
  few.turns(60, 200 * kUs, 300 * kUs);
  CHECK(few.moderation.pause(1) == 0);
  Loop idle(1000);
  idle.turns(60, 310 * kUs, 190 * kUs);
  CHECK(idle.moderation.pause(1) == 0);
}

TEST_CASE("a pause is a small part of what answers take, and none where there are none") {
  Loop loop(100);
  loop.answer = 400 * kUs;
  loop.turns(60, 200 * kUs, 300 * kUs);
  CHECK(loop.moderation.pause(1) == 100 * kUs);
  for (const Ns quick : {Moderation::kShortest * Moderation::kOfAnswers - 1, Ns{0}}) {
    loop.answer = quick;
    loop.turns(60, 200 * kUs, 300 * kUs);
    CHECK(loop.moderation.pause(1) == 0);
  }
}

TEST_CASE("it ends with the load") {
  Loop loop(100);
  loop.turns(60, 200 * kUs, 300 * kUs);
  REQUIRE(loop.moderation.pause(1) > 0);
  loop.turns(1, kSec, 0);
  CHECK(loop.moderation.pause(1) == 0);
}

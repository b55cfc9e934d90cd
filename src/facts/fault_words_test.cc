#include "facts/fault_words.h"

#include <doctest/doctest.h>

using namespace pl;

TEST_CASE("the short restart has words of its own, and the matrix shows it in the column of the long one") {
  const facts::FaultWords brief = facts::fault_words("chaos.db.restart_1s", "restart");
  const facts::FaultWords whole = facts::fault_words("chaos.db.restart", "restart");
  CHECK(brief.heading != whole.heading);
  CHECK(brief.does != whole.does);
  CHECK(facts::fault_of_key("chaos.db.restart_1s") == "restart");
}

TEST_CASE("an experiment is spoken of by the last word of its key, else by its fault") {
  CHECK(facts::fault_words("chaos.db.slow", "latency").heading == "slow");
  CHECK(facts::fault_words("chaos.db.refuse_long", "refuse").heading == "refused for 30 s");
  CHECK(facts::fault_words("chaos.db.of_the_future", "silent").heading == "silent");
  CHECK(facts::fault_words("chaos.db.of_the_future", "unheard").heading == "unheard");
}

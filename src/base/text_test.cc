#include "base/text.h"

#include <doctest/doctest.h>

TEST_CASE("lower: ASCII letters only") { CHECK(pl::lower("ÄSELECT Id_9") == "Äselect id_9"); }

TEST_CASE("beginning: never inside a character") {
  CHECK(pl::beginning("abc", 3) == "abc");
  CHECK(pl::beginning("abcd", 3) == "abc");
  CHECK(pl::beginning("aé", 2) == "a");
  CHECK(pl::beginning("€", 2).empty());
}

#include "data/statistics.h"

#include <doctest/doctest.h>

using namespace pl::data;

TEST_CASE("what was counted between two looks") {
  Statistics from, to;
  from.statements = {{.id = "1", .text = "a", .calls = 10, .time = 5, .rows = 20, .blocks = 100}};
  to.statements = {{.id = "1", .text = "a", .calls = 30, .time = 8, .rows = 60, .blocks = 400},
                   {.id = "2", .text = "b", .calls = 3, .time = 9, .rows = 3, .blocks = 3}};
  from.tables = {{.oid = "7", .rows = 5, .inserted = 5, .deleted = 1, .sequential = 2}};
  to.tables = {{.oid = "7", .rows = 9, .inserted = 9, .deleted = 1, .sequential = 4}};
  const Statistics seen = between(from, to);
  REQUIRE(seen.statements.size() == 2);
  CHECK(seen.statements[0].id == "2");  // it took the most time
  CHECK(seen.statements[0].calls == 3);
  CHECK(seen.statements[1].calls == 20);
  CHECK(seen.statements[1].time == 3);
  CHECK(seen.statements[1].blocks == 300);
  CHECK(seen.tables[0].inserted == 4);
  CHECK(seen.tables[0].sequential == 2);
  CHECK(seen.tables[0].rows == 9);
}

TEST_CASE("statistics that began anew count from nothing") {
  Statistics from, to;
  from.statements = {{.id = "1", .text = "a", .calls = 100, .time = 50}};
  to.statements = {{.id = "1", .text = "a", .calls = 4, .time = 2}};
  CHECK(between(from, to).statements[0].calls == 4);
}

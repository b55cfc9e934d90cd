#include "record/kinds.h"

#include <doctest/doctest.h>

#include <set>

using namespace pl::record;

TEST_CASE("a kind comes back from its payload as it was, and defaults take no room") {
  Iteration iteration;
  iteration.journey = 2;
  iteration.end = End::reset;
  iteration.said = "Internal \"error\"";
  const Observation seen = observe(5, iteration);
  CHECK(seen.payload.size() == 3);
  const auto back = decode<Iteration>(seen.payload);
  CHECK(back.journey == 2);
  CHECK(back.end == End::reset);
  CHECK(back.said == iteration.said);
  CHECK(back.match == 100);
}

TEST_CASE("every kind has a name of its own, a sentence and named fields") {
  std::set<std::string_view> names;
  for (const KindRow& row : kind_rows()) {
    CHECK(names.insert(row.name).second);
    CHECK(row.doc.ends_with('.'));
    CHECK_FALSE(row.fields.empty());
  }
}

TEST_CASE("lists come back as they were") {
  ConnectSeen seen;
  seen.ancestors = {7, 5};
  CHECK(decode<ConnectSeen>(encode(seen)).ancestors == seen.ancestors);
  RunStarted run;
  run.argv = {"node", "server.js"};
  CHECK(decode<RunStarted>(encode(run)).argv == run.argv);
}

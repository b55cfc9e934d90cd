#include "checks/architecture/promise.h"

#include <doctest/doctest.h>

namespace pl::checks {
namespace {

facts::Facts measured(const char* p99, const char* errors) {
  facts::Facts facts;
  Json slo = Json::object();
  if (*p99 != 0) slo.set("p99", p99);
  if (*errors != 0) slo.set("errors", errors);
  facts.run.config = Json::object().set("slo", std::move(slo));
  record::LoadPeriod period;
  period.purpose = "steady";
  facts.periods.push_back({7, 0, period});
  facts::Journey journey;
  journey.declared.name = "ask";
  journey.steady.good = true;
  journey.steady.count = 200;
  journey.steady.success = 197;
  journey.steady.p95 = 300 * kMs;
  journey.steady.p99 = 600 * kMs;
  facts.journeys.push_back(journey);
  return facts;
}

TEST_CASE("promise: what is declared and not kept blocks, with the steady period as evidence") {
  const auto found = promise(measured("500ms", "1%"));
  REQUIRE(found.size() == 2);
  CHECK(found[0].title == "1 of 100 answers of `ask` takes 600 ms or more; 500 ms is promised for 99 of 100.");
  CHECK(found[0].severity == facts::Severity::blocking);
  CHECK(found[0].evidence == std::vector<std::int64_t>{7});
  CHECK(found[1].title == "1.50 % of the answers of `ask` fail; at most 1 % is promised.");
}

TEST_CASE("promise: kept, or not declared, is silent") {
  CHECK(promise(measured("700ms", "2%")).empty());
  CHECK(promise(measured("", "")).empty());
}

TEST_CASE("promise: few answers need more than one late or failed one") {
  facts::Facts facts = measured("500ms", "1%");
  facts.journeys[0].steady.count = 50;
  facts.journeys[0].steady.success = 49;
  CHECK(promise(facts).empty());
  facts.journeys[0].steady.p95 = 510 * kMs;
  CHECK(promise(facts).size() == 1);
}

}  // namespace
}  // namespace pl::checks

#include "checks/architecture/capacity.h"

#include <doctest/doctest.h>

#include "checks/architecture/connections.h"

namespace pl::checks {
namespace {

record::CapacityStep step(bool relay, double offered, bool held, double busiest, std::int64_t connections) {
  record::CapacityStep step;
  step.through_relay = relay;
  step.offered = offered;
  step.held = held;
  step.busiest = "server.js";
  step.busiest_cores = step.machine_cores = busiest;
  step.connections = connections;
  step.connections_edge = connections > 0 ? "postgres" : "";
  return step;
}

/// Ladders of 50, 100 and 200 per second; 200 is not held. In the steady state there are ten connections.
facts::Facts ladders(const char* rate, std::int64_t most_connections) {
  facts::Facts facts;
  facts.run.cores = 2;
  facts.run.config = Json::object().set("traffic", Json::object().set("rate", rate));
  facts.periods.push_back({5, 0, {.purpose = "steady", .from = 10 * kSec, .to = 20 * kSec, .rate = 5}});
  facts.topology.edges.push_back({.name = "postgres", .open_by_second = {{12, 10}, {20, 40}}});
  std::int64_t frame = 10;
  for (const bool relay : {false, true}) {
    facts.capacity.push_back({frame++, 0, step(relay, 50, true, 0.3, relay ? 10 : 0)});
    facts.capacity.push_back({frame++, 0, step(relay, 100, true, 0.6, relay ? most_connections / 2 : 0)});
    facts.capacity.push_back({frame++, 0, step(relay, 200, false, 0.97, relay ? most_connections : 0)});
  }
  return facts;
}

TEST_CASE("capacity: too little for today blocks, less than ten times warns, enough is silent") {
  const auto blocking = capacity(ladders("150/s", 10));
  REQUIRE(blocking.size() == 1);
  CHECK(blocking[0].severity == facts::Severity::blocking);
  CHECK(blocking[0].evidence == std::vector<std::int64_t>{10, 11, 12});
  CHECK(blocking[0].why.find("server.js is the choke point") != std::string::npos);
  const auto warning = capacity(ladders("20/s", 10));
  REQUIRE(warning.size() == 1);
  CHECK(warning[0].severity == facts::Severity::warning);
  CHECK(capacity(ladders("10/s", 10)).empty());
  CHECK(capacity(ladders("", 10)).empty());
}

TEST_CASE("capacity: a ladder that the instrument ended blames nobody") {
  facts::Facts facts = ladders("150/s", 10);
  for (auto& seen : facts.capacity) seen.value.is_void = !seen.value.held;
  CHECK(capacity(facts).empty());
  CHECK(choke_point(facts, *capacity_of(facts, false)).find("lower bound") != std::string::npos);
  CHECK(!capacity_of(facts::Facts{}, true));
}

TEST_CASE("connections: growing with the load is found, a bounded pool is not") {
  const auto found = connections(ladders("", 80));
  REQUIRE(found.size() == 1);
  CHECK(found[0].subject == "postgres");
  CHECK(found[0].evidence == std::vector<std::int64_t>{5, 15});
  CHECK(found[0].title.find("10 at 0 journeys per second, 80 at 200") != std::string::npos);
  CHECK(connections(ladders("", 20)).empty());
  // A pool of a constant size, beside a start-up helper's edge of the same name.
  facts::Facts pool = ladders("", 50);
  pool.topology.edges[0].open_by_second = {{12, 50}};
  pool.topology.edges.insert(pool.topology.edges.begin(), {.name = "postgres", .setup = true});
  CHECK(connections(pool).empty());
  CHECK(connections(facts::Facts{}).empty());
}

}  // namespace
}  // namespace pl::checks

#include "plan/plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "facts/flows.h"

namespace pl::plan {
namespace {

/// web -> postgres (provided), web -> cache (its own), web -> 127.0.0.1:9 (a stranger), and set-up.
facts::Facts house() {
  facts::Facts facts;
  auto& topology = facts.topology;
  const auto component = [&](const char* name, std::int64_t root, const char* provided, bool inside) {
    facts::Component c;
    c.id = static_cast<std::int64_t>(topology.components.size());
    c.name = name;
    c.root = root;
    if (root != 0) c.roots = {root};
    c.provided = provided;
    c.inside = inside;
    topology.components.push_back(c);
  };
  component("web", 10, "", true);
  component("postgres 15", 11, "postgres", true);
  component("cache", 12, "", true);
  component("127.0.0.1:9", 0, "", false);
  topology.components[1].version = "15";
  topology.entry = 0;
  for (std::int64_t to = 1; to < 4; ++to) {
    facts::Edge edge;
    edge.id = to - 1;
    edge.from = 0;
    edge.to = to;
    edge.port = to == 3 ? 9 : 5000 + to;
    edge.addresses = {"127.0.0.1"};
    edge.name = facts::plain_name(topology.components[static_cast<std::size_t>(to)]);
    edge.connects = edge.requests = to == 2 ? 1000 : 10;
    topology.edges.push_back(edge);
  }
  facts::Edge setup = topology.edges[0];
  setup.id = 3;
  setup.from = -1;
  setup.setup = true;
  topology.edges.push_back(setup);
  facts.journeys.resize(2);
  facts.journeys[0].uses = {0, 1};
  facts.journeys[1].uses = {0};
  return facts;
}

std::vector<std::string> keys(const Plan& plan) {
  std::vector<std::string> result;
  for (const auto& experiment : plan.experiments) result.push_back(experiment.key);
  return result;
}

bool left(const Plan& plan, const std::string& key, const std::string& why, bool required) {
  return std::any_of(plan.left_out.begin(), plan.left_out.end(), [&](const auto& row) {
    return row.key == key && row.why.starts_with(why) && row.required == required;
  });
}

}  // namespace

TEST_CASE("the core: most customer impact first, each edge and component, TERM at the end") {
  const Plan plan = core_plan(house(), {});
  CHECK(keys(plan) == std::vector<std::string>{"chaos.postgres.refuse", "chaos.postgres.restart",
                                               "chaos.postgres.silent", "chaos.postgres.slow", "chaos.cache.refuse",
                                               "chaos.cache.freeze", "chaos.cache.silent", "chaos.cache.slow",
                                               "chaos.web.terminate", "chaos.web.terminate_idle"});
  CHECK(left(plan, "chaos.cache.restart", "no restart yet", false));
  CHECK(left(plan, "chaos.web.restart", "no restart yet", false));
  CHECK(left(plan, "chaos.127.0.0.1:9", "not permitted", true));
  CHECK(plan.experiments[3].parameters["delay"].as_int() == 200);
  CHECK(plan.experiments[3].form == "switchback");
  facts::Facts rare = house();
  rare.periods.push_back({0, 0, {.purpose = "steady", .from = 0, .to = 30 * kSec, .rate = 0.8}});
  CHECK(core_plan(rare, {}).experiments[3].estimate == 90 * kSec);
  PlanOptions full;
  full.full = true;
  CHECK(with_key(core_plan(house(), full), "chaos.postgres.freeze").size() == 1);
}

TEST_CASE("--full adds what the core leaves out, behind the core, and whoever names a key gets it without") {
  facts::Facts facts = house();
  facts::Edge& database = facts.topology.edges[0];
  database.protocol = "postgres";
  database.exchanges = 100;
  database.bytes_down = 100'000;
  PlanOptions full;
  full.full = true;
  const Plan plan = core_plan(facts, full);
  for (const char* fault : {"reset", "stall", "cut", "throttle", "restart_1s"}) {
    const auto found = with_key(plan, std::string("chaos.postgres.") + fault);
    REQUIRE(found.size() == 1);
    CHECK_FALSE(found[0].core);
  }
  CHECK(with_key(plan, "chaos.postgres.stall")[0].parameters["bytes"].as_int() == 500);
  CHECK(with_key(plan, "chaos.cache.cut").empty());  // Nothing was answered there: no answer has a middle.
  CHECK(with_key(plan, "chaos.postgres.restart").size() == 1);
  CHECK(std::ranges::is_partitioned(plan.experiments, [](const PlannedExperiment& e) { return e.core; }));
  CHECK(plan.estimate > core_plan(facts, {}).estimate);

  PlanOptions named;
  named.only = {"chaos.postgres.throttle"};
  CHECK(keys(core_plan(facts, named)) == named.only);
  named.only = {"chaos.*.throttle"};
  CHECK(keys(core_plan(facts, named)) == std::vector<std::string>{"chaos.postgres.throttle", "chaos.cache.throttle"});
  named.only = {"chaos.postgres"};
  CHECK(with_key(core_plan(facts, named), "chaos.postgres.throttle").empty());
  CHECK_FALSE(left(core_plan(facts, {}), "chaos.postgres.throttle", "", true));
}

TEST_CASE("what understands a protocol is made on edges that speak it") {
  facts::Facts facts = house();
  PlanOptions full;
  full.full = true;
  CHECK(with_key(core_plan(facts, full), "chaos.cache.status_500").empty());
  facts.topology.edges[1].protocol = "http";
  const auto found = with_key(core_plan(facts, full), "chaos.cache.status_500");
  REQUIRE(found.size() == 1);
  CHECK(found[0].row == "http_status");
  CHECK(found[0].parameters["status"].as_int() == 500);
  CHECK_FALSE(found[0].core);
}

TEST_CASE("what the configuration names may be faulted; a slow edge is doubled") {
  facts::Facts facts = house();
  facts.run.config = *Json::parse(R"({"names":{"127.0.0.1:9":"ledger"}})");
  facts.topology.edges[2].latency.record(20 * kMs, 100);
  const Plan plan = core_plan(facts, {});
  CHECK(with_key(plan, "chaos.127.0.0.1:9").size() == 3);
  CHECK(with_key(plan, "chaos.127.0.0.1:9.slow").at(0).parameters["factor"].as_int() == 2);
}

TEST_CASE("a budget cuts and says so, TERM is kept; reverse turns the order") {
  PlanOptions options;
  options.budget = 60 * kSec;
  options.spent = 15 * kSec;
  const Plan plan = core_plan(house(), options);
  CHECK(keys(plan).front() == "chaos.postgres.refuse");
  CHECK(keys(plan).back() == "chaos.web.terminate_idle");
  CHECK(plan.estimate <= 45 * kSec);
  CHECK(left(plan, "chaos.cache.slow", "budget", true));
  PlanOptions reverse;
  reverse.reverse = true;
  CHECK(keys(core_plan(house(), reverse)).front() == "chaos.cache.slow");
}

TEST_CASE("what was not asked for takes nothing of the budget") {
  PlanOptions options;
  options.only = {"chaos.cache.slow"};
  options.budget = 45 * kSec;
  options.spent = 20 * kSec;
  const Plan plan = core_plan(house(), options);
  CHECK(keys(plan) == std::vector<std::string>{"chaos.cache.slow"});
  CHECK(left(plan, "chaos.postgres.refuse", "not asked for", true));
}

TEST_CASE("where a journey's answer is an event stream, TERM meets open streams too") {
  facts::Facts facts = house();
  facts.journeys[0].steady.good = true;
  facts.journeys[0].profile = record::AnswerProfiled{.media = "text/event-stream"};
  CHECK(with_key(core_plan(facts, {}), "chaos.web.terminate_streams").size() == 1);
}

TEST_CASE("a server behind the one that customers connect to is told to end too; a cache is not") {
  facts::Facts facts = house();
  CHECK(facts::servers_behind(facts.topology).empty());
  facts::Edge edge = facts.topology.edges[0];  // The cache is a server of the application's own: it asks postgres.
  edge.id = 4;
  edge.from = 2;
  facts.topology.edges.push_back(edge);
  CHECK(facts::servers_behind(facts.topology) == std::vector<std::int64_t>{2});
  const Plan plan = core_plan(facts, {});
  REQUIRE(with_key(plan, "chaos.cache.terminate").size() == 1);
  CHECK(with_key(plan, "chaos.cache.terminate")[0].component == 2);
  CHECK(with_key(plan, "chaos.web.terminate").size() == 1);
  CHECK(with_key(plan, "chaos.cache.terminate_idle").empty());
  CHECK(with_key(plan, "chaos.postgres.terminate").empty());
  facts.topology.edges[1].protocol = "redis";  // A replica that asks another store.
  CHECK(facts::servers_behind(facts.topology).empty());
}

TEST_CASE("several clients of one component: all edges at once and each alone; keys are unique") {
  facts::Facts facts = house();
  facts::Edge edge = facts.topology.edges[0];
  edge.id = 4;
  edge.from = 2;
  facts.topology.edges.push_back(edge);
  const Plan plan = core_plan(facts, {});
  const std::vector<std::string> all = keys(plan);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
  const auto together = with_key(plan, "chaos.postgres.refuse");
  REQUIRE(together.size() == 1);
  CHECK(together[0].component == 1);
  CHECK(together[0].edge == -1);
  CHECK(with_key(plan, "chaos.cache-postgres").size() == 3);
}

TEST_CASE("a throw-away service that nothing connects to gets no experiments and no rows of what was left out") {
  facts::Facts facts = house();
  facts::Component redis = facts.topology.components[1];
  redis.id = 4;
  redis.name = "redis";
  redis.provided = "redis";
  facts.topology.components.push_back(redis);
  const auto names_it = [](const auto& row) { return row.key.starts_with("chaos.redis"); };
  for (const bool full : {false, true}) {
    const Plan plan = core_plan(facts, {.full = full});
    CHECK(std::ranges::none_of(plan.experiments, names_it));
    CHECK(std::ranges::none_of(plan.left_out, names_it));
    CHECK(with_key(plan, "chaos.postgres.restart").size() == 1);
  }
}

TEST_CASE("a parent of other components is not frozen; an empty topology has an empty plan") {
  facts::Facts facts = house();
  facts.started.push_back({0, 0, record::ProcessStarted{10, 12, "", {}, "", 0, ""}});
  CHECK(with_key(core_plan(facts, {}), "chaos.cache.freeze").empty());
  CHECK(core_plan(facts::Facts{}, {}).experiments.empty());
}

}  // namespace pl::plan

#include "facts/topology.h"

#include <doctest/doctest.h>

#include "facts/facts.h"
#include "facts/flows.h"

namespace pl::facts {
namespace {

/// A log written by hand: numbers its frames and lets time pass.
struct Log {
  std::vector<record::Observation> frames;
  Ns now = 0;

  template <class Kind>
  void add(const Kind& kind) {
    record::Observation seen = record::observe(now, kind);
    seen.id = static_cast<std::int64_t>(frames.size());
    frames.push_back(std::move(seen));
    now += kMs;
  }
  void start(std::int64_t pid, std::int64_t parent, std::vector<std::string> argv) {
    add(record::ProcessStarted{pid, parent, "/usr/bin/" + argv[0], argv, "/", 0, ""});
  }
  void listen(std::int64_t pid, const std::string& address, std::int64_t port) {
    add(record::ListenerSeen{pid, address, port});
  }
  void connect(std::int64_t pid, std::int64_t owner, const std::string& address, std::int64_t port,
               const std::string& result = "ok", const std::string& name = "",
               std::vector<std::int64_t> ancestors = {}) {
    add(record::ConnectSeen{pid, owner, std::move(ancestors), address, port, name, result});
  }
  void flow(std::int64_t pid, std::int64_t owner, const std::string& address, std::int64_t port,
            std::int64_t requests) {
    record::FlowSecond second;
    second.pid = owner == 0 ? pid : 0;
    second.owner = owner;
    second.address = address;
    second.port = port;
    second.second = now / kSec;
    second.connects = 1;
    second.open = 1;
    second.requests = second.exchanges = requests;
    second.bytes_down = 100;
    add(second);
  }
  Facts facts() const { return fold(frames); }
};

const Component* named(const Facts& facts, const std::string& name) {
  for (const Component& component : facts.topology.components) {
    if (component.name == name) return &component;
  }
  return nullptr;
}

std::vector<const Edge*> real_edges(const Facts& facts) {
  std::vector<const Edge*> edges;
  for (const Edge& edge : facts.topology.edges) {
    if (!edge.setup) edges.push_back(&edge);
  }
  return edges;
}

/// As a start script does it: a database, helpers that look at it, and a program that connects before it listens.
Log start_script() {
  Log log;
  log.start(10, 1, {"bash", "start.sh", "run"});
  log.start(11, 10, {"postgres", "-D", "/data"});
  log.start(12, 10, {"pg_isready"});
  log.connect(12, 0, "127.0.0.1", 5432, "refused", "", {10});
  log.add(record::ProcessEnded{12, 2, 0, false});
  log.listen(11, "127.0.0.1", 5432);
  log.listen(11, "::1", 5432);
  log.start(13, 10, {"psql", "-c", "create"});
  log.connect(13, 0, "127.0.0.1", 5432, "ok", "", {10});
  log.flow(13, 0, "127.0.0.1", 5432, 3);
  log.add(record::ProcessEnded{13, 0, 0, false});
  log.start(20, 10, {"node", "server.js"});
  log.connect(20, 0, "127.0.0.1", 5432, "ok", "localhost", {10});
  log.flow(20, 0, "127.0.0.1", 5432, 7);
  log.add(record::ProtocolSeen{20, 0, "127.0.0.1", 5432, "postgres", "PostgreSQL", "15.18 (Debian)", ""});
  log.listen(20, "0.0.0.0", 3000);
  log.connect(20, 20, "::1", 5432, "ok", "localhost", {10});
  log.flow(0, 20, "::1", 5432, 5);
  log.add(record::SubjectReady{"127.0.0.1", 3000, kSec, 20});
  return log;
}

}  // namespace

TEST_CASE("what a program opened before it listened is its component's edge; helpers are set-up") {
  const Facts facts = start_script().facts();
  REQUIRE(facts.topology.components.size() == 2);
  const Component* database = named(facts, "postgres 15.18");
  const Component* server = named(facts, "server.js");
  REQUIRE(database != nullptr);
  REQUIRE(server != nullptr);
  CHECK(server->entry);
  CHECK(facts.topology.entry == server->id);
  const auto edges = real_edges(facts);
  REQUIRE(edges.size() == 1);
  CHECK(edges[0]->from == server->id);
  CHECK(edges[0]->to == database->id);
  CHECK(edges[0]->requests == 12);
  CHECK(edges[0]->open == 2);
  CHECK(edges[0]->protocol == "postgres");
  CHECK(edges[0]->name == "postgres");
  CHECK(edges[0]->addresses == std::vector<std::string>{"127.0.0.1", "::1"});
  const EdgeFlows flows = flows_of(facts.topology, edges[0]->id);
  CHECK(flows.owners == std::vector<std::int64_t>{20});
  CHECK(flows.destinations.size() == 2);
  REQUIRE(facts.topology.edges.size() == 2);
  CHECK(facts.topology.edges[1].setup);
  CHECK(facts.topology.edges[1].requests == 3);
  CHECK(facts.topology.edges[1].to == database->id);
}

TEST_CASE("a component that is started again keeps its id and its edges") {
  Log log = start_script();
  log.add(record::ProcessEnded{11, -1, 9, true});
  log.start(30, 1, {"postgres", "-D", "/data"});
  log.listen(30, "127.0.0.1", 5432);
  log.add(record::ProcessEnded{20, 1, 0, false});
  log.start(40, 10, {"node", "server.js"});
  log.connect(40, 0, "127.0.0.1", 5432, "ok", "localhost", {10});
  log.flow(40, 0, "127.0.0.1", 5432, 2);
  log.listen(40, "0.0.0.0", 3000);
  const Facts facts = log.facts();
  CHECK(facts.topology.components.size() == 2);
  const auto edges = real_edges(facts);
  REQUIRE(edges.size() == 1);
  CHECK(edges[0]->requests == 14);
  CHECK(facts.topology.components[0].root == 30);
  CHECK(facts.topology.components[0].roots == std::vector<std::int64_t>{11, 30});
  CHECK(facts.topology.component_of(40) == facts.topology.entry);
}

TEST_CASE("workers of one program that share a socket are one component, and their children belong to it") {
  Log log;
  log.start(5, 1, {"node", "/opt/shop/dist/index.js"});
  log.start(6, 5, {"node", "/opt/shop/dist/worker.js"});
  log.listen(5, "::", 8080);
  log.start(7, 1, {"redis-server", "127.0.0.1:6379"});
  log.listen(7, "127.0.0.1", 6379);
  log.connect(6, 5, "127.0.0.1", 6379, "ok", "", {5});
  log.listen(6, "::", 8080);
  const Facts facts = log.facts();
  CHECK(facts.topology.components.size() == 2);
  CHECK(named(facts, "shop/index.js") != nullptr);
  CHECK(named(facts, "redis-server") != nullptr);
  REQUIRE(real_edges(facts).size() == 1);
  CHECK(facts.topology.component_of(6) == 0);
}

TEST_CASE("a queue worker without a listener is a component once it has lived, a helper never") {
  Log log = start_script();
  log.start(50, 10, {"node", "worker.js"});
  log.connect(50, 0, "127.0.0.1", 5432, "ok", "", {10});
  log.flow(50, 0, "127.0.0.1", 5432, 1);
  CHECK(log.facts().topology.components.size() == 2);
  log.now += 6 * kSec;
  log.flow(50, 0, "127.0.0.1", 5432, 1);
  const Facts facts = log.facts();
  REQUIRE(named(facts, "worker.js") != nullptr);
  CHECK(real_edges(facts).size() == 2);
}

TEST_CASE("what a script's child opened below a listening parent becomes the child's when it listens itself") {
  Log log;
  log.start(2, 1, {"pm2"});
  log.listen(2, "/root/.pm2/rpc.sock", 0);
  log.start(7, 1, {"redis-server"});
  log.listen(7, "127.0.0.1", 6379);
  log.start(3, 2, {"node", "api.js"});
  log.connect(3, 2, "127.0.0.1", 6379, "ok", "", {2});
  log.flow(0, 2, "127.0.0.1", 6379, 4);
  log.listen(3, "127.0.0.1", 3000);
  const Facts facts = log.facts();
  const auto edges = real_edges(facts);
  REQUIRE(edges.size() == 1);
  CHECK(facts.topology.components[static_cast<std::size_t>(edges[0]->from)].name == "api.js");
  CHECK(edges[0]->requests == 4);
}

TEST_CASE(
    "names: configuration, host name, provided service; a port only where needed; loopback of others is outside") {
  Log log;
  record::RunStarted run;
  run.config = *Json::parse(R"({"names":{"127.0.0.1:7000":"ledger"}})");
  log.add(run);
  log.add(record::ServiceProvided{"model", "OpenAI-compatible model", "", 9, "127.0.0.1", 9000});
  log.start(3, 1, {"node", "api.js"});
  log.listen(3, "127.0.0.1", 3000);
  log.start(4, 1, {"node", "api.js"});
  log.listen(4, "127.0.0.1", 3001);
  log.connect(3, 3, "127.0.0.1", 9000);
  log.connect(3, 3, "127.0.0.1", 7000);
  log.connect(3, 3, "127.0.0.1", 7001);
  log.connect(3, 3, "10.1.1.1", 443, "ok", "pay.example.com");
  log.connect(3, 3, "10.9.9.9", 443, "forbidden", "");
  log.connect(3, 3, "127.0.0.1", 3000);
  const Facts facts = log.facts();
  CHECK(named(facts, "model") != nullptr);
  REQUIRE(named(facts, "ledger") != nullptr);
  CHECK_FALSE(named(facts, "ledger")->inside);
  CHECK(named(facts, "api.js:3000") != nullptr);
  CHECK(named(facts, "api.js:3001") != nullptr);
  CHECK(named(facts, "127.0.0.1:7001") != nullptr);
  REQUIRE(named(facts, "pay.example.com") != nullptr);
  REQUIRE(real_edges(facts).size() == 5);  // Its own listener is no dependency.
  CHECK(real_edges(facts)[4]->to == -1);
  CHECK(real_edges(facts)[4]->name == "10.9.9.9:443");
}

TEST_CASE("a dependency that never answered is drawn; Unix sockets are drawn, the machine's own are not") {
  Log log;
  log.start(3, 1, {"php-fpm"});
  log.listen(3, "/run/php.sock", 0);
  log.start(4, 1, {"nginx"});
  log.listen(4, "0.0.0.0", 80);
  log.connect(4, 4, "/run/php.sock", 0, "unix");
  log.connect(4, 4, "/var/run/nscd/socket", 0, "unix");
  log.connect(4, 4, "127.0.0.1", 11211, "refused");
  const Facts facts = log.facts();
  REQUIRE(facts.unmet.size() == 1);
  CHECK(facts.unmet[0].value.port == 11211);
  const auto edges = real_edges(facts);
  REQUIRE(edges.size() == 2);
  CHECK(edges[0]->protocol == "unix");
  CHECK(edges[0]->to == 0);
  CHECK(edges[1]->name == "127.0.0.1:11211");
}

TEST_CASE("edges that a journey uses when it runs alone") {
  Log log = start_script();
  record::JourneyDeclared journey;
  journey.id = 1;
  journey.name = "save";
  log.add(journey);
  log.now = 10 * kSec;
  log.flow(0, 20, "127.0.0.1", 5432, 20);
  log.add(record::LoadPeriod{"solo", 1, 10 * kSec, 12 * kSec, 10});
  log.add(record::LoadPeriod{"solo", 0, 13 * kSec, 15 * kSec, 10});
  const Facts facts = log.facts();
  REQUIRE(facts.journeys.size() == 2);
  CHECK(facts.journeys[1].uses == std::vector<std::int64_t>{0});
  CHECK(facts.journeys[0].alone_measured);
  CHECK(facts.journeys[0].uses.empty());
}

TEST_CASE("every prefix of a log folds, and ids keep their meaning") {
  const Log log = start_script();
  Fold fold;
  std::vector<std::int64_t> from;
  for (const record::Observation& frame : log.frames) {
    fold.apply(frame);
    for (std::size_t i = 0; i < from.size(); ++i) CHECK(fold.facts().topology.edges[i].from == from[i]);
    from.clear();
    for (const Edge& edge : fold.facts().topology.edges) from.push_back(edge.from);
    const Facts facts = fold.finish();
    for (const Edge& edge : facts.topology.edges) {
      CHECK(edge.from < static_cast<std::int64_t>(facts.topology.components.size()));
      CHECK(edge.to < static_cast<std::int64_t>(facts.topology.components.size()));
    }
  }
}

}  // namespace pl::facts

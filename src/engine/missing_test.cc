#include "engine/missing.h"

#include <doctest/doctest.h>

using namespace pl;
using engine::asked_for;

namespace {

void connect(facts::Facts& facts, std::string address, std::int64_t port, std::string result, std::string name = "") {
  record::ConnectSeen seen;
  seen.address = std::move(address);
  seen.port = port;
  seen.result = std::move(result);
  seen.name = std::move(name);
  facts.unmet.push_back({0, 0, seen});
}

void refuse(facts::Facts& facts, std::string address, std::int64_t port) {
  record::DestinationRefused seen;
  seen.address = std::move(address);
  seen.port = port;
  facts.refused.push_back({0, 0, seen});
}

}  // namespace

TEST_CASE("what an application asked for and did not get is said once, two places of each kind at most") {
  facts::Facts facts;
  CHECK(asked_for(facts, "").empty());
  connect(facts, "127.0.0.1", 5432, "refused", "localhost");
  CHECK(asked_for(facts, "") == "it asked for 127.0.0.1:5432 (nothing listens there)");
  connect(facts, "::1", 5432, "refused");
  connect(facts, "::ffff:127.0.0.1", 6379, "refused");
  connect(facts, "127.0.0.1", 9000, "refused");
  connect(facts, "192.0.2.1", 443, "forbidden", "api.example.com");
  refuse(facts, "10.0.0.53", 53);
  refuse(facts, "192.0.2.1", 443);
  refuse(facts, "192.0.2.1", 443);
  refuse(facts, "192.0.2.9", 80);
  CHECK(asked_for(facts, "") ==
        "it asked for 127.0.0.1:5432 (nothing listens there), 127.0.0.1:6379 (nothing listens there), a name server "
        "(10.0.0.53:53, outside the sandbox) and api.example.com (192.0.2.1:443, outside the sandbox)");
  CHECK(asked_for(facts, "connect ECONNREFUSED 127.0.0.1:5432").find(":5432") == std::string::npos);
}

TEST_CASE("a part that was waited for and came is not missing") {
  facts::Facts facts;
  connect(facts, "127.0.0.1", 5432, "refused");
  facts::Component database;
  database.listeners.push_back({"0.0.0.0", 5432});
  facts.topology.components.push_back(database);
  CHECK(asked_for(facts, "").empty());
}

TEST_CASE("a line of the output that repeats the answer says no more than it") {
  constexpr const char* kAnswer = "LoadKeyError: the key is missing, set API_KEY at load (file:///srv/load.js:1:2)";
  CHECK(!engine::says_more("LoadKeyError [LoadKeyError]: the key is missing, set API_KEY", kAnswer));
  CHECK(engine::says_more("Error: connect ECONNREFUSED 127.0.0.1:5432", "Internal Server Error"));
  CHECK(!engine::says_more("", "Internal Server Error"));
}

TEST_CASE("who has no services is told of them") {
  facts::Facts facts;
  CHECK(engine::hints(facts, true, "").empty());
  CHECK(engine::hints(facts, false, "") == "; if it needs a database or a model: --provide auto");
  refuse(facts, "192.0.2.9", 80);
  CHECK(engine::hints(facts, true, "") == "; it asked for 192.0.2.9:80 (outside the sandbox)");
}

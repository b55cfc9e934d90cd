#include "conf/load.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace pl;
using namespace pl::conf;

namespace {

constexpr const char* kExample = R"(run: node server.js                  # or services
ready: http://127.0.0.1:3000/
provide: { postgres: {}, redis: {} }
names: { api.openai.com: model }
traffic:
  target: http://127.0.0.1:3000
  rate: 20/s
  journeys:
    - name: ask
      weight: 3
      steps:
        - post: /login
          json: { user: "u${user}", password: x, n: 3, "on": true, list: [1, 2.5, null, "7"] }
          capture: { token: $.token }
        - post: /api/chat
          headers: { Authorization: "Bearer ${token}" }
          json: { text: "note ${n}" }
          expect: { status: 200, json: $.id }
          capture: { id: $.id }
          verify: { get: "/api/chat/${id}", contains: "note ${n}" }
          think: 1.5s
    - name: browse
      steps: [ get: / ]
slo: { p99: 500ms, errors: 0.1%, patience: 30s }
egress: []
policy: { hangs: warn, outage: { action: ignore, reason: planned } }
)";

std::string error(const char* text) {
  const Result<Config> result = load(text, "proofload.yaml");
  return result ? "none" : result.error().message();
}

}  // namespace

TEST_CASE("the example of the design is read whole") {
  const Config config = load(kExample, "proofload.yaml").value();
  CHECK(config.run == std::vector<std::string>{"/bin/sh", "-c", "node server.js"});
  REQUIRE(config.provide.size() == 2);
  CHECK(config.provide[1].name == "redis");
  CHECK(config.names.at("api.openai.com") == "model");
  CHECK(config.traffic.rate == 20);
  REQUIRE(config.traffic.journeys.size() == 2);
  const Journey& ask = config.traffic.journeys[0];
  CHECK(ask.weight == 3);
  CHECK(ask.steps[0].json.dump() == R"({"user":"u${user}","password":"x","n":3,"on":true,"list":[1,2.5,null,"7"]})");
  CHECK(ask.steps[1].method == "POST");
  CHECK(ask.steps[1].expect->status == std::vector<int>{200});
  CHECK(ask.steps[1].verify->contains == "note ${n}");
  CHECK(ask.steps[1].think == 1500 * kMs);
  CHECK(config.traffic.journeys[1].steps[0].path == "/");
  CHECK(config.slo.p99 == 500 * kMs);
  CHECK(config.slo.errors_percent == doctest::Approx(0.1));
  CHECK(config.policy[1].reason == "planned");
}

TEST_CASE("what is printed reads back to the same configuration") {
  const Config config = load(kExample, "proofload.yaml").value();
  const std::string printed = print_config(config);
  CAPTURE(printed);
  const Result<Config> again = load(printed, "printed.yaml");
  REQUIRE_MESSAGE(again.has_value(), again.error().message());
  CHECK(to_json(*again) == to_json(config));
}

TEST_CASE("nothing at all is a configuration of defaults") {
  for (const char* text : {"", "# nothing\n", "{}", "---\n"}) {
    const Result<Config> config = load(text, "f");
    REQUIRE(config);
    CHECK(config->run.empty());
    CHECK(config->slo.patience == 0);
  }
}

TEST_CASE("errors say where, what, and what would be right") {
  CHECK(error("traffic:\n  journeys:\n    - name: a\n      steps:\n        - pots: /\n") ==
        "proofload.yaml:5:11: traffic.journeys[0].steps[0]: unknown key \"pots\"; did you mean \"post\"?");
  CHECK(error("slo: { p99: fast }") ==
        "proofload.yaml:1:13: slo.p99: must be a time such as 500ms, 30s or 2m; found \"fast\"");
  CHECK(error("a: 1").find("unknown key \"a\"; known here: run, ready") != std::string::npos);
  CHECK(error("run: x\nrun: y\n") == "proofload.yaml:2:1: the key \"run\" stands twice; keep one");
  CHECK(error("traffic: 5").find("1:10: traffic: must be a map (key: value); found \"5\"") != std::string::npos);
  CHECK(error("compose: a.yml").find("1:10: compose: not supported yet") != std::string::npos);
  CHECK(error("run: [").find("not YAML: ") != std::string::npos);
  CHECK(error("run: [").find("proofload.yaml:2:1: ") == 0);
  CHECK(error("a: &x [ *x ]").find("alias") != std::string::npos);
  CHECK(error("run: !!str x").find("tags") != std::string::npos);
  CHECK(error("policy: { hangs: ignore }").find("needs its reason") != std::string::npos);
  CHECK(error("traffic: { journeys: [ { steps: [ { get: /, post: / } ] } ] }").find("two methods") !=
        std::string::npos);
  CHECK(error("traffic: { journeys: [ { steps: [ { get: / , headers: { \"a b\": c } } ] } ] }").find("header's name") !=
        std::string::npos);
  CHECK(error("traffic: { journeys: [ { steps: [ { get: / , expect: { status: 900 } } ] } ] }").find("100 to 599") !=
        std::string::npos);
}

TEST_CASE("depth and the number of values are limited, also by aliases") {
  CHECK(error((std::string(40, '[') + std::string(40, ']')).c_str()).find("nested deeper than 32") !=
        std::string::npos);
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    const std::string before = std::string("*") + static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += (i > 0 ? "," : "") + before;
    bomb += "]\n";
  }
  CHECK(error(bomb.c_str()).find("more than 65536 values") != std::string::npos);
}

TEST_CASE("what a vendor declares is kept as written") {
  const Config config = load("vendor: { references: [ \"Example Ltd, 400 users\" ], reviews: [] }", "f").value();
  CHECK(config.vendor.references == std::vector<std::string>{"Example Ltd, 400 users"});
  CHECK(to_json(config)["vendor"]["references"].at(0).as_string() == "Example Ltd, 400 users");
  CHECK_FALSE(to_json(Config{}).has("vendor"));
}

TEST_CASE("secrets do not enter the log's copy") {
  const Config config =
      load(
          "run: API_TOKEN=abcdefgh12 node x\n"
          "traffic: { journeys: [ { steps: [ { post: /, headers: { Authorization: Bearer supersecret, Accept: all },"
          " json: { user: me, password: hunter2hunter2 } } ] } ] }\n",
          "f")
          .value();
  const std::string text = to_json(config, "key").dump();
  for (const char* secret : {"supersecret", "hunter2", "abcdefgh"}) CHECK(text.find(secret) == std::string::npos);
  CHECK(text.find("sha256:") != std::string::npos);
  CHECK(text.find("…et\"") != std::string::npos);
  CHECK(text.find("\"Accept\":\"all\"") != std::string::npos);
  CHECK(to_json(config, "other").dump() != text);
  CHECK(to_json(config).dump().find("hunter2hunter2") != std::string::npos);
}

TEST_CASE("the published JSON Schema is the one of the table") {
  namespace fs = std::filesystem;
  fs::path root = fs::current_path();  // Build folders lie inside the repository.
  while (!fs::exists(root / "CMakePresets.json") && root != root.parent_path()) root = root.parent_path();
  const fs::path path = root / "docs/schema/proofload.schema.json";
  if (std::getenv("PL_WRITE_SCHEMA") != nullptr) std::ofstream(path) << json_schema();
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  CHECK_MESSAGE(content.str() == json_schema(), "write it anew: PL_WRITE_SCHEMA=1 test_conf");
  CHECK(config_help().find("traffic.journeys[].steps[].post\n") != std::string::npos);
}

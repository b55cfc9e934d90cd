#include "cli/provide.h"

#include <doctest/doctest.h>

#include "conf/load.h"

using namespace pl;

TEST_CASE("services of a flag come beside the configuration's, which keep their options") {
  conf::Config config = conf::load("provide: { model: { ttft: 5ms } }\n", "proofload.yaml").value();
  REQUIRE(cli::add_services(config, {"model", "auto", "postgres", "auto"}));
  REQUIRE(config.provide.size() == 3);
  CHECK(config.provide[0].options["ttft"].as_string() == "5ms");
  CHECK(config.provide[1].name == "auto");
  CHECK(config.provide[2].name == "postgres");
  // What is printed is a configuration again, and the log's text of it names the same services.
  const auto again = conf::load(conf::print_config(config), "printed.yaml");
  REQUIRE_MESSAGE(again, again.error().message());
  CHECK(again->provide.size() == 3);
  CHECK(cli::service_names(conf::to_json(config, "key")["provide"]) ==
        std::vector<std::string>{"model", "auto", "postgres"});
}

TEST_CASE("a service that does not exist is a wrong flag, and the error lists those that do") {
  conf::Config config;
  const auto done = cli::add_services(config, {"postgres", "mysql"});
  REQUIRE(!done);
  CHECK(done.error().code == Errc::usage);
  CHECK(done.error().message().find("mysql: no such service; there are auto, postgres, redis, model") !=
        std::string::npos);
}

TEST_CASE("the log's provide may be the word auto, or nothing") {
  CHECK(cli::service_names(Json("auto")) == std::vector<std::string>{"auto"});
  CHECK(cli::service_names(Json()).empty());
}

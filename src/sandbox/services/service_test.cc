// The real services, started as the supervisor would start them but without the sandbox.
#include "sandbox/services/service.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sandbox/services/running_for_test.h"

using namespace pl;

namespace {

/// Removes what was prepared, also when a check fails.
struct Kept {
  sandbox::PreparedService service;
  ~Kept() { service.remove(); }
};

/// What a command prints; nothing where it fails.
std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  char room[512];
  for (std::size_t got; (got = ::fread(room, 1, sizeof room, pipe)) > 0;) out.append(room, got);
  return ::pclose(pipe) == 0 ? out : "";
}

}  // namespace

TEST_CASE("services: PostgreSQL starts, keeps its data over a kill and leaves nothing") {
  auto prepared = sandbox::prepare_service("postgres", Json::object(), nullptr);
  REQUIRE_MESSAGE(prepared.has_value(), prepared.error().message());
  Kept kept{std::move(*prepared)};
  const std::string folder = kept.service.folder;
  const std::string psql = "psql -qtAX -v ON_ERROR_STOP=1 '" + kept.service.child_value("DATABASE_URL") + "' -c ";
  {
    sandbox::Running first(kept.service);
    REQUIRE(serves(kept.service));
    CHECK(output_of(psql + "'select current_user, current_database()'") == "app|app\n");
    CHECK(output_of(psql + "\"select to_regclass('pg_stat_statements') is null\"") == "t\n");
    CHECK(output_of("PGPASSWORD=" + kept.service.child_value("PGPASSWORD") + " psql -qtAX -w 'postgresql://" +
                    kept.service.statistics_user + "@127.0.0.1:" + kept.service.child_value("PGPORT") +
                    "/postgres' -c 'select count(*) > 0 from pg_stat_statements'") == "t\n");
    CHECK(output_of(psql + "\"create table t (a int); insert into t values (42) returning a\"") == "42\n");
    CHECK(output_of("PGPASSWORD=wrong psql -w 'postgresql://app@127.0.0.1:" + kept.service.child_value("PGPORT") +
                    "/app' -c 'select 1' 2>/dev/null")
              .empty());
  }
  const os::RealClock clock;
  CHECK_FALSE(kept.service.accepts(clock));
  {
    sandbox::Running second(kept.service);
    REQUIRE(serves(kept.service));
    CHECK(output_of(psql + "'select a from t'") == "42\n");
  }
  const std::string segments = output_of("ipcs -m");
  kept.service.remove();
  CHECK_FALSE(std::filesystem::exists(folder));
  CHECK(output_of("ipcs -m").size() <= segments.size());
  kept.service.remove();
}

TEST_CASE("services: Redis answers and keeps its data over a kill") {
  auto prepared = sandbox::prepare_service("redis", Json::object(), nullptr);
  REQUIRE_MESSAGE(prepared.has_value(), prepared.error().message());
  Kept kept{std::move(*prepared)};
  const std::string cli = "redis-cli -u " + kept.service.child_value("REDIS_URL") + " ";
  {
    sandbox::Running first(kept.service);
    REQUIRE(serves(kept.service));
    CHECK(output_of(cli + "set a 42") == "OK\n");
    os::sleep_for(100 * kMs);
  }
  sandbox::Running second(kept.service);
  REQUIRE(serves(kept.service));
  CHECK(output_of(cli + "get a") == "42\n");
}

TEST_CASE("services: what is not known is named") {
  CHECK(sandbox::prepare_service("postgress", Json::object(), nullptr).error().message() ==
        "provide: no service postgress; there are postgres, redis, model");
  CHECK(sandbox::prepare_service("redis", Json::object().set("x", 1), nullptr).error().message() ==
        "provide.redis: takes no option, not x");
  CHECK(sandbox::prepare_service("model", Json::object().set("rate", 1), nullptr).error().code == Errc::config);
  const auto model = sandbox::prepare_service("model", Json::object().set("ttft", "5ms"), nullptr);
  REQUIRE(model.has_value());
  CHECK(model->argv.back() == "5ms");
  CHECK(model->child_value("OPENAI_BASE_URL").ends_with("/v1"));
}

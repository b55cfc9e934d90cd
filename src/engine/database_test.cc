// The data module against a real throw-away PostgreSQL, started as the supervisor would but without the sandbox.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "data/backup.h"
#include "data/explain.h"
#include "data/growth.h"
#include "data/statistics.h"
#include "os/clock.h"
#include "sandbox/services/running_for_test.h"

using namespace pl;
using Words = std::vector<std::string>;

namespace {

constexpr const char* kTables = R"(
CREATE TABLE users (id serial PRIMARY KEY, name varchar(20) UNIQUE NOT NULL);
CREATE TABLE chats (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id integer NOT NULL REFERENCES users);
CREATE TABLE messages (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), chat_id bigint REFERENCES chats, text text,
  made timestamptz DEFAULT now(), length integer GENERATED ALWAYS AS (length(text)) STORED);
CREATE INDEX messages_made ON messages (made DESC, chat_id);
CREATE TABLE days (day date PRIMARY KEY);
INSERT INTO users (name) SELECT 'visitor ' || i FROM generate_series(1, 20) i;
INSERT INTO chats (user_id) SELECT 1 + i % 20 FROM generate_series(1, 200) i;
INSERT INTO messages (chat_id, text) SELECT 1 + i % 200, 'story ' || i FROM generate_series(1, 3000) i;
INSERT INTO days SELECT current_date;
ANALYZE;
)";

/// A throw-away PostgreSQL; gone with the object.
class Database {
 public:
  explicit Database(sandbox::PreparedService prepared) : service(std::move(prepared)), running_(service) {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    running_.kill();
    service.remove();
  }

  bool serves() const { return sandbox::serves(service); }

  data::Server server(const std::string& user, const std::string& database) const {
    return {.address = "127.0.0.1",
            .port = service.endpoint.port,
            .user = user,
            .password = service.child_value("PGPASSWORD"),
            .database = database};
  }

  sandbox::PreparedService service;
  os::RealClock clock;

 private:
  sandbox::Running running_;
};

std::int64_t count(data::Connection& database, const std::string& table) {
  const auto rows = database.value("SELECT count(*) FROM " + table);
  REQUIRE(rows.has_value());
  return std::stoll(*rows);
}

const data::TableGrowth& growth_of(const data::Schema& schema, const data::Growth& growth, const std::string& name) {
  const auto at = std::ranges::find_if(
      growth.tables, [&](const data::TableGrowth& one) { return schema.tables[one.table].name == name; });
  REQUIRE(at != growth.tables.end());
  return *at;
}

void check_schema(const data::Schema& schema) {
  REQUIRE(schema.tables.size() == 4);
  CHECK(schema.tables[2].name == "messages");
  CHECK(schema.tables[2].columns.size() == 5);
  CHECK(schema.tables[2].columns[4].generated);
  REQUIRE(schema.tables[2].indices.size() == 2);
  CHECK(schema.tables[2].indices[0].columns == Words{"made DESC", "chat_id"});
  CHECK(schema.tables[2].indices[1].unique);
  REQUIRE(schema.foreign_keys.size() == 2);
  CHECK_FALSE(data::index_begins_with(schema.tables[2], {2}));
}

void check_plans(data::Connection& database, const data::Schema& schema) {
  const auto search =
      data::explain(database, schema, "SELECT id FROM messages WHERE text ILIKE $1 ORDER BY id LIMIT $2");
  REQUIRE(search.has_value());
  REQUIRE(search->unserved.size() == 1);
  CHECK(search->unserved[0].pattern == Words{"text"});
  CHECK(search->unserved[0].limited);
  const auto counted = data::explain(
      database, schema, "SELECT id, (SELECT count(*) FROM messages WHERE chat_id = chats.id) FROM chats WHERE id = $1");
  REQUIRE(counted.has_value());
  REQUIRE(counted->unserved.size() == 1);
  CHECK(counted->unserved[0].equal == Words{"chat_id"});
  const auto served =
      data::explain(database, schema, "SELECT id FROM users WHERE name = $1 AND now() > now() - interval $2");
  REQUIRE(served.has_value());
  CHECK(served->unserved.empty());
  const auto written = data::explain(database, schema, "UPDATE messages SET text = $1 WHERE chat_id = $2");
  REQUIRE(written.has_value());
  CHECK(written->unserved.size() == 1);
  CHECK(count(database, "messages") == 3000);
  CHECK_FALSE(data::explain(database, schema, "SELECT x FROM nowhere").has_value());
  CHECK(data::explain(database, schema, "SELECT id FROM users WHERE id = $1")
            .has_value());  // the failure left nothing behind
}

void check_growth(data::Connection& database, const data::Schema& schema, const os::Clock& clock) {
  const auto copies = data::plan_copies(schema, {1, 2});
  const auto growth = data::grow(database, schema, copies, clock, 20 * kSec);
  REQUIRE_MESSAGE(growth.has_value(), growth.error().message());
  const data::TableGrowth& messages = growth_of(schema, *growth, "messages");
  CHECK(messages.before == 3000);
  CHECK(messages.skipped.empty());
  CHECK(messages.after >= 30'000);
  CHECK(count(database, "messages") == messages.after);
  CHECK(growth_of(schema, *growth, "users").after == 20 * messages.after / 3000);
  CHECK(growth_of(schema, *growth, "days").skipped == "no other values are known for the unique days_pkey");
  // Every copy refers to the copy of its parent, and each customer has what each customer had.
  CHECK(count(database, "messages WHERE chat_id NOT IN (SELECT id FROM chats)") == 0);
  CHECK(count(database, "(SELECT user_id FROM chats GROUP BY user_id HAVING count(*) <> 10) others") == 0);
  CHECK(data::take_back(database, schema, *growth).has_value());
  CHECK(count(database, "messages") == 3000);
  CHECK(count(database, "users") == 20);
}

/// A backup is made and read back, and nothing of it stays.
void check_backup(const Database& postgres, data::Connection& database, const data::Schema& schema) {
  const data::Server server = postgres.server(postgres.service.statistics_user, "app");
  const data::BackupPlace place{postgres.service.programs, postgres.service.folder};
  const auto made = data::try_backup(server, schema, place, postgres.clock, 60 * kSec);
  REQUIRE_MESSAGE(made.has_value(), made.error().message());
  CHECK(made->tables == 4);
  CHECK(made->rows == 20 + 200 + 3000 + 1);
  CHECK(made->missing == 0);
  CHECK(made->bytes > 1000);
  CHECK(made->dumped > 0);
  CHECK(made->restored > 0);
  CHECK(count(database, "pg_database WHERE datname LIKE 'proofload%'") == 0);
  CHECK_FALSE(std::filesystem::exists(place.folder + "/backup"));
  // What has no meaning in an empty database cannot be read back: the table is not there yet when its default is.
  REQUIRE(database
              .ask("CREATE FUNCTION lowest() RETURNS integer LANGUAGE sql AS 'SELECT min(id) FROM users';"
                   "ALTER TABLE days ADD COLUMN at_least integer CHECK (at_least > lowest());"
                   "INSERT INTO days VALUES (current_date + 1, 5)")
              .has_value());
  const auto failed = data::try_backup(server, schema, place, postgres.clock, 60 * kSec);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().message().find("pg_restore: error") != std::string::npos);
}

}  // namespace

TEST_CASE("statistics, plans and growth of a real database, of which nothing stays") {
  auto prepared = sandbox::prepare_service("postgres", Json::object(), nullptr);
  if (!prepared && prepared.error().code == Errc::not_found) {
    MESSAGE("PostgreSQL is not installed");
    return;
  }
  REQUIRE(prepared.has_value());
  const Database postgres(std::move(*prepared));
  REQUIRE(postgres.serves());
  auto application = data::Connection::open(postgres.server("app", "app"));
  auto server = data::Connection::open(postgres.server(postgres.service.statistics_user, "postgres"));
  auto database = data::Connection::open(postgres.server(postgres.service.statistics_user, "app"));
  REQUIRE(application.has_value());
  REQUIRE(server.has_value());
  REQUIRE(database.has_value());
  REQUIRE(application->ask(kTables).has_value());
  REQUIRE(data::search_everywhere(*database).has_value());

  const auto from = data::read_statistics(*server, *database);
  REQUIRE(from.has_value());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(application->ask("SELECT id FROM users WHERE name = 'Ann' -- who's that").has_value());
  }
  const auto to = data::read_statistics(*server, *database);
  REQUIRE(to.has_value());
  const data::Statistics seen = data::between(*from, *to);
  const auto asked = std::ranges::find_if(seen.statements, [](const auto& one) { return one.calls == 3; });
  REQUIRE(asked != seen.statements.end());
  CHECK(asked->text == "SELECT id FROM users WHERE name = $1");
  CHECK(std::ranges::none_of(seen.statements, [](const auto& one) { return one.text.contains("pg_stat"); }));

  const auto schema = data::read_schema(*database);
  REQUIRE(schema.has_value());
  check_schema(*schema);
  check_plans(*database, *schema);
  check_growth(*database, *schema, postgres.clock);
  check_backup(postgres, *database, *schema);
}

TEST_CASE("a database that cannot be reached is an error with the reason") {
  const auto nobody = data::Connection::open({.address = "127.0.0.1", .port = 1, .user = "a", .database = "b"});
  REQUIRE_FALSE(nobody.has_value());
  CHECK(nobody.error().message().find("refused") != std::string::npos);
}

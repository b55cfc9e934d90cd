#include "proxy/faults/sql_match.h"

#include <doctest/doctest.h>

#include "base/rng.h"

using namespace pl;
using namespace pl::proxy;
using namespace pl::proxy::faults;

namespace {

constexpr FaultRow kRow{"some_fault", "", "exchange", kSqlMatchParameters, nullptr};

bool matches(const std::string& classes, const std::string& table, std::string_view statement) {
  Json json = Json::object();
  json.set("statement", classes).set("table", table);
  return SqlMatch::of(*read_values(kRow, json))->matches(statement);
}

std::string tables(std::string_view statement) {
  std::string list;
  for (const std::string& one : sql_words(statement).tables) list += (list.empty() ? "" : " ") + one;
  return list;
}

}  // namespace

TEST_CASE("classes of statements: by the first word, behind WITH, and each of several") {
  CHECK(matches("any", "", "what ever"));
  CHECK(matches("", "", ""));
  CHECK(matches("select", "", "SELECT 1"));
  CHECK(matches("read", "", "(select a from t) union select b from u"));
  CHECK_FALSE(matches("select", "", "insert into t select * from u"));
  CHECK(matches("insert, update", "", "update t set a = (select 1)"));
  CHECK(matches("write", "", "with x as (delete from t returning *) select * from x"));
  CHECK(matches("delete", "", "with x as (select 1) delete from t"));
  CHECK(matches("read", "", "with x as (select 1) select * from x for update"));
  CHECK_FALSE(matches("read", "", "with x as (delete from t returning *) select * from x"));
  CHECK(matches("write", "", "copy t from stdin"));
  CHECK_FALSE(matches("write", "", "copy t to stdout"));
  CHECK(matches("write", "", "begin; insert into t values (1)"));
  CHECK(matches("transaction", "", "ROLLBACK TO SAVEPOINT a"));
  CHECK(matches("ddl", "", "create table t (a int)"));
  CHECK_FALSE(matches("ddl", "", "select 'create table'"));
  CHECK(matches("ddl", "", "select a into u from t"));
  CHECK(matches("ddl", "", "with x as (select 1) select * into u from x"));
  CHECK_FALSE(matches("read", "", "select a into u from t"));
  CHECK_FALSE(matches("ddl", "", "select a as into from t"));
  CHECK_FALSE(matches("ddl", "", "with x as (select 1) insert into t select * from x"));
  CHECK(matches("read", "", from_mysql("select a into @b from t")));
  CHECK(matches("read", "", from_mysql("select a from t into outfile '/tmp/x'")));
  CHECK(matches("insert", "t", "explain (analyze, costs off) insert into t values (1)"));
  CHECK_FALSE(matches("write", "", "explain insert into t values (1)"));
  CHECK(matches("any", "t", "explain insert into t values (1)"));
  CHECK_FALSE(matches("update", "", "select 1 from t for update"));
  CHECK_FALSE(matches("update", "", "insert into t values (1) on conflict do update set a = 1"));
  CHECK_FALSE(matches("write", "", "select replace(a, 'b', 'c') from t"));
}

TEST_CASE("tables of statements") {
  CHECK(tables("select * from a x, \"B\" join s.c on a.id = c.id, (select 1 from d) e where f in (select g from h)") ==
        "a b s.c d h");
  CHECK(tables("insert into s.t (a, b) values (1, 2)") == "s.t");
  CHECK(tables("update only t set a = 1, b = 2 from u where a is distinct from b") == "t u");
  CHECK(tables("delete from t using u") == "t u");
  CHECK(tables("create index i on t (a, b)") == "t");
  CHECK(tables("drop table if exists a, b") == "a b");
  CHECK(tables("select a, b") == "");
  CHECK(matches("select", "orders", "select 1 from public.Orders"));
  CHECK(matches("any", "public.*", "select 1 from public.orders"));
  CHECK_FALSE(matches("any", "order", "select 1 from orders"));
}

TEST_CASE("a statement of which the end is missing is told by what is there") {
  CHECK(matches("insert", "t", "insert into t values ('abc"));
  CHECK(matches("select", "t", "select * from t where a = $$"));
}

TEST_CASE("begin and end of transactions") {
  CHECK(sql_words("begin").begins);
  CHECK(sql_words("START TRANSACTION READ ONLY").begins);
  CHECK(sql_words("begin; select 1; commit").ends);
  CHECK_FALSE(sql_words("commit; begin").ends);
  CHECK_FALSE(sql_words("rollback to a").ends);
  CHECK_FALSE(sql_words("rollback work to a").ends);
}

TEST_CASE("MySQL's notation") {
  CHECK(from_mysql("select `a`, \"x\\\"y\" from `s`.`t` # c\nwhere b = 'it\\'s' -- d") ==
        "select \"a\", '' from \"s\".\"t\" \nwhere b = '' ");
  CHECK(from_mysql("/*!40101 SET a=1 */ /* gone */") == "  SET a=1   ");
  CHECK(tables(from_mysql("REPLACE INTO `db`.`t` VALUES (1)")) == "db.t");
  CHECK(tables(from_mysql("insert ignore into t values (1) on duplicate key update a = 1")) == "t");
  CHECK(from_mysql("select 5--3") == "select 5--3");
}

TEST_CASE("an unknown class is refused with those there are") {
  const auto refused = SqlMatch::of(*read_values(kRow, *Json::parse(R"({"statement": "selekt"})")));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::config);
  CHECK(refused.error().detail.find("select, insert") != std::string::npos);
}

TEST_CASE("any statement is survived") {
  Rng rng(3);
  constexpr std::string_view kPieces[] = {"select ", "(",  ")",  "'", "`",     "\\",  "$1",   "from ",
                                          "--",      "\n", "/*", "#", "*/",    ",",   ".",    "update ",
                                          "with ",   "\"", "x",  ";", "into ", "/*!", "copy "};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::uint64_t n = rng.below(14); n > 0; --n) text += kPieces[rng.below(std::size(kPieces))];
    sql_words(text);
    sql_words(from_mysql(text));
  }
}

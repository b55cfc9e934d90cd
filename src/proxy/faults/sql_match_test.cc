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
  for (const char* none : {"explain select 1", "show work_mem", "fetch all from c"}) {
    for (const char* any : {"read,write", "transaction,ddl"}) CHECK_FALSE(matches(any, "", none));
    CHECK(matches("any", "", none));
  }
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

TEST_CASE("tables of statements that are less usual") {
  CHECK(tables("lock table only t, u in share mode") == "t u");
  CHECK(tables("lock t") == "t");
  CHECK(tables("vacuum t") == "t");
  CHECK(tables("vacuum full freeze verbose analyze t, u (a)") == "t u");
  CHECK(tables("vacuum (full, verbose off) s.t") == "s.t");
  CHECK(tables("analyze verbose t (a, b)") == "t");
  CHECK(tables("cluster t using i") == "t");
  CHECK(tables("reindex table concurrently t") == "t");
  CHECK(tables("create table t (a int references u (id), b int)") == "t u");
  CHECK(tables("create view v as select 1 from t") == "v t");
  CHECK(tables("refresh materialized view concurrently v") == "v");
  CHECK(tables("create index i on t using gin (a)") == "t");
  CHECK(tables("copy t from stdin") == "t");
  CHECK(tables("copy (select a from t) to stdout") == "t");
  CHECK(tables("grant select on t to u") == "t");
}

TEST_CASE("names that are no tables") {
  CHECK(tables("select extract(year from a), trim(both from b), substring(c from 2) from t") == "t");
  CHECK(tables("select 1 from t join u using (a, b), v") == "t u v");
  CHECK(tables("select 1 from generate_series(1, 3) g, unnest(a), t") == "t");
  CHECK(tables("select (select max(a) from u) from (select 1 from t) x, (v join w on true)") == "u t v w");
  CHECK(tables("with x as (select 1 from t), y (a, b) as materialized (select 1 from x) select 1 from x, y, s.x") ==
        "t s.x");
  CHECK(tables("with x as (select 1 from x) insert into t select 1 from x") == "x t");
  CHECK(tables("with recursive x as (select 1 from t union select 1 from x) select 1 from x") == "t");
  CHECK(tables("with x as (select 1) select 1 from x; select 1 from x") == "x");
  CHECK(tables("insert into t (a) select 1 from u") == "t u");
  CHECK(tables("alter table t alter a type int using b::int") == "t");
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
  CHECK(tables(from_mysql("insert t values (1)")) == "t");
  CHECK(tables(from_mysql("insert low_priority ignore t (a) values (1)")) == "t");
  CHECK(tables(from_mysql("replace delayed t set a = 1")) == "t");
  CHECK(tables(from_mysql("select 1 from (a, b as x) left join c on 1 = 1")) == "a b c");
  CHECK(tables(from_mysql("lock tables a read, b low_priority write")) == "a b");
  CHECK(tables(from_mysql("drop tables a, b")) == "a b");
  CHECK(tables(from_mysql("desc t")) == "t");
  CHECK(tables(from_mysql("handler t open")) == "t");
  CHECK(tables(from_mysql("show columns from t")) == "t");
  CHECK(tables(from_mysql("analyze local table t")) == "t");
  CHECK(tables(from_mysql("select convert(a using utf8) from t")) == "t");
  CHECK(tables(from_mysql("select 5--3, {ts '2026-01-01'} as $x, \\N from t")) == "t");
  CHECK(tables(from_mysql("/*!99999 select 1 from a */ select 1 from b")) == "b");
  CHECK(tables(from_mysql("/*!100100 select 1 from a */")) == "a");
  CHECK(from_mysql("select 5--3") == "select 5- -3");
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

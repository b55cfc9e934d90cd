#include "wire/sql_read_only.h"

#include <doctest/doctest.h>

#include <span>

#include "base/rng.h"

using namespace pl;
using namespace pl::wire;

namespace {

/// Each as PostgreSQL 15.20 answered it within `begin read only`.
struct Row {
  const char* statement;
  const char* command;  ///< "": it was carried out.
};

void check(std::span<const Row> rows) {
  for (const Row& row : rows) {
    INFO(row.statement);
    CHECK(sql_refused_read_only(row.statement) == row.command);
  }
}

}  // namespace

TEST_CASE("read-only transactions: what changes rows is refused by the name of the main statement") {
  constexpr Row kRows[] = {
      {"insert into t default values returning *", "INSERT"},
      {"insert into t select * from t for update", "INSERT"},
      {"insert into t values (1) on conflict do nothing", "INSERT"},
      {"/* a */ update t set a = 1 where current of c", "UPDATE"},
      {"delete from only t", "DELETE"},
      {"merge into t using t t2 on t.a=t2.a when matched then delete", "MERGE"},
      {"with x as (insert into t values (1) returning *) select * from x", "SELECT"},
      {"with x as (with y as (select 1) insert into t select * from y returning *) select * from x", "SELECT"},
      {"with x as (insert into t values (1) returning *) table x", "SELECT"},
      {"with x as (delete from t returning *) insert into t select * from x", "INSERT"},
      {"with x as not materialized (select 1), y (b) as (select 2) update t set a = 2", "UPDATE"},
      {"with x as (select 1) select 1", ""},
      {"select 1; insert into t values (1)", "INSERT"},
      {"insert into t values (1); update t set a=1", "INSERT"},
      {"begin; delete from t; commit", "DELETE"},
      {"copy t from stdin", "COPY FROM"},
      {"copy t (a) to stdout", ""},
      {"copy (select a from t) to stdout", ""},
      {"copy (insert into t values(1) returning a) to stdout", "INSERT"},
      {"select 'insert into t' as update", ""},
      {"values (1)", ""},
      {"table t", ""},
      {"(select * from t) union (select 1)", ""},
  };
  check(kRows);
}

TEST_CASE("read-only transactions: locks on rows, SELECT INTO and sequences that go on are refused") {
  constexpr Row kRows[] = {
      {"select * from t for update", "SELECT FOR UPDATE"},
      {"select * from t FOR SHARE", "SELECT FOR SHARE"},
      {"select * from t for no key update", "SELECT FOR NO KEY UPDATE"},
      {"select * from t for key share skip locked", "SELECT FOR KEY SHARE"},
      {"table t for update", "SELECT FOR UPDATE"},
      {"(select * from t for update of t)", "SELECT FOR UPDATE"},
      {"select * from t where a in (select a from t for share)", "SELECT FOR SHARE"},
      {"with x as (select * from t for update) select * from x", "SELECT FOR UPDATE"},
      {"with x as (insert into t values (1) returning *) select * from t for update", "SELECT FOR UPDATE"},
      {"declare c cursor for select * from t for update", "SELECT FOR UPDATE"},
      {"declare c cursor with hold for select 1", ""},
      {"select substring(a for 3) from t for read only", ""},
      {"select * into t2 from t", "SELECT INTO"},
      {"with x as (select 1) select * into temp t2 from x", "SELECT INTO"},
      {"select 1 as into", ""},
      {"select nextval('s')", "nextval()"},
      {"select pg_catalog.setval('s', 4)", "setval()"},
      {"select mine.nextval('s'), nextval from t", ""},
      {"insert into t select nextval('s')", "INSERT"},
      {"select currval('s'), lastval(), pg_notify('a', 'b')", ""},
  };
  check(kRows);
}

TEST_CASE("read-only transactions: EXPLAIN is refused where it carries out what is refused") {
  constexpr Row kRows[] = {
      {"explain insert into t values(1)", ""},
      {"explain verbose delete from t", ""},
      {"explain analyze insert into t values(1)", "INSERT"},
      {"explain analyze verbose delete from t", "DELETE"},
      {"explain analyze select 1", ""},
      {"explain analyze select * into t2 from t", ""},
      {"explain (analyze) create table z as select 1", ""},
      {"explain analyze select * from t for update", "SELECT FOR UPDATE"},
      {"explain analyze declare c cursor for select * from t for update", "SELECT FOR UPDATE"},
      {"explain (analyze, costs off) update t set a=1", "UPDATE"},
      {"explain (analyze off) update t set a=1", ""},
      {"explain (analyze false, costs) update t set a=1", ""},
      {"explain (verbose, analyze 1) update t set a=1", "UPDATE"},
      {"explain (analyze true) update t set a=1", "UPDATE"},
      {"explain (select 1)", ""},
      {"explain select nextval('s')", ""},
  };
  check(kRows);
}

TEST_CASE("read-only transactions: objects are not made, changed or dropped, and named by their kind") {
  constexpr Row kRows[] = {
      {"create temp table if not exists z (a int)", "CREATE TABLE"},
      {"create table z as select 1", "CREATE TABLE AS"},
      {"create table z (a int generated always as identity)", "CREATE TABLE"},
      {"create unique index q on t(a)", "CREATE INDEX"},
      {"create or replace temp view v as select 1", "CREATE VIEW"},
      {"create recursive view v (a) as select 1", "CREATE VIEW"},
      {"create materialized view m as select 1", "CREATE MATERIALIZED VIEW"},
      {"create user r", "CREATE ROLE"},
      {"create user mapping for pg server s", "CREATE USER MAPPING"},
      {"create constraint trigger r after insert on t for each row execute function f()", "CREATE TRIGGER"},
      {"create rule r as on insert to t do nothing", "CREATE RULE"},
      {"create foreign data wrapper x", "CREATE FOREIGN DATA WRAPPER"},
      {"create text search configuration c (copy = simple)", "CREATE TEXT SEARCH CONFIGURATION"},
      {"create default conversion c for 'UTF8' to 'LATIN1' from f", "CREATE CONVERSION"},
      {"alter table only t rename a to b", "ALTER TABLE"},
      {"alter default privileges grant select on tables to pg", "ALTER DEFAULT PRIVILEGES"},
      {"alter system set work_mem='4MB'", ""},
      {"drop owned by pg", "DROP OWNED"},
      {"drop group r", "DROP ROLE"},
      {"truncate t", "TRUNCATE TABLE"},
      {"grant select on t to pg", "GRANT"},
      {"grant pg to r", "GRANT ROLE"},
      {"revoke pg from r", "REVOKE ROLE"},
      {"comment on table t is 'x'", "COMMENT"},
      {"reassign owned by pg to pg", "REASSIGN OWNED"},
      {"refresh materialized view concurrently m", "REFRESH MATERIALIZED VIEW"},
      {"import foreign schema a from server b into c", "IMPORT FOREIGN SCHEMA"},
  };
  check(kRows);
}

TEST_CASE("read-only transactions: what changes neither rows nor objects is carried out") {
  for (const char* statement : {"",
                                ";",
                                "begin",
                                "commit",
                                "savepoint a",
                                "set work_mem='4MB'",
                                "reset all",
                                "show all",
                                "listen a",
                                "notify a",
                                "lock table t",
                                "analyze t",
                                "vacuum t",
                                "reindex table t",
                                "cluster t",
                                "checkpoint",
                                "discard all",
                                "prepare x as insert into t values (1)",
                                "deallocate all",
                                "execute x",
                                "call p()",
                                "do $$ begin end $$"}) {
    INFO(statement);
    CHECK(sql_refused_read_only(statement) == "");
  }
}

TEST_CASE("read-only transactions: any statement is survived") {
  Rng rng(5);
  constexpr std::string_view kPieces[] = {
      "with ",   "as ", "(",     ")",      "select ", "insert ",  "into ", "for ",     "no ",    "key ",     ";", ".",
      "create ", "or ", "text ", "alter ", "copy ",   "explain ", "to ",   "analyze ", "grant ", "declare ", "'", "$$"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::uint64_t n = rng.below(12); n > 0; --n) text += kPieces[rng.below(std::size(kPieces))];
    sql_refused_read_only(text);
    CHECK(sql_carried_out(text).size() <= text.size());
  }
}

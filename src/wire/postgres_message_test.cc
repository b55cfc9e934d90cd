#include "wire/postgres_message.h"

#include <doctest/doctest.h>

using namespace pl;
using namespace pl::wire;

TEST_CASE("prepared statements in SQL: who makes, executes and forgets one, and its text") {
  using Kind = PgPrepared::Kind;
  const auto is = [](std::string_view statement, Kind kind, std::string_view name, std::string_view text = {}) {
    INFO(statement);
    const PgPrepared prepared = pg_prepared(statement);
    CHECK(prepared.kind == kind);
    CHECK(prepared.name == name);
    CHECK(prepared.text == text);
  };
  is("prepare X as insert into t values ($1)", Kind::prepare, "x", " insert into t values ($1)");
  is("/* a */ PREPARE \"X as\" (int, numeric(3, 2)) AS select 1 as b", Kind::prepare, "X as", " select 1 as b");
  is("execute x (1)", Kind::execute, "x");
  is("explain analyze verbose execute x", Kind::execute, "x");
  is("explain execute x", Kind::none, "");
  is("deallocate x", Kind::deallocate, "x");
  is("deallocate prepare x", Kind::deallocate, "x");
  is("deallocate all", Kind::deallocate, "");
  is("prepare transaction 'x'", Kind::none, "");
  is("prepare x", Kind::none, "");
  is("select 1", Kind::none, "");
  is("execute", Kind::none, "");
}

#include "data/statement_text.h"

#include <doctest/doctest.h>

using namespace pl::data;

TEST_CASE("comments and line ends go, the statement stays") {
  CHECK(plain_statement("SELECT a -- why's that\n  FROM t /* x='1' /* nested */ */ WHERE b = $1;") ==
        "SELECT a FROM t WHERE b = $1");
  CHECK(plain_statement("  with x as (select $1) select * from x") == "with x as (select $1) select * from x");
  CHECK(plain_statement("(SELECT 1)") == "(SELECT 1)");
  CHECK(plain_statement("SELECT \"a--b\" FROM t") == "SELECT \"a--b\" FROM t");
}

TEST_CASE("what is no statement on rows, or has a literal left, is nothing") {
  CHECK(plain_statement("CREATE ROLE x PASSWORD 'secret'").empty());
  CHECK(plain_statement("BEGIN").empty());
  CHECK(plain_statement("SELECT * FROM t WHERE name = 'Ann'").empty());
  CHECK(plain_statement("SELECT $$Ann$$").empty());
  CHECK(plain_statement("SELECT \"open").find("open") != std::string::npos);
  CHECK(plain_statement("SELECT 1; DELETE FROM t").empty());
  CHECK(plain_statement("").empty());
  CHECK(plain_statement("/* only").empty());
}

TEST_CASE("a typed literal that was normalised can be prepared") {
  CHECK(preparable("SELECT now() - interval $2 WHERE a > $1") == "SELECT now() - $2::interval WHERE a > $1");
  CHECK(preparable("SELECT a.interval, date $12") == "SELECT a.interval, $12::date");
  CHECK(preparable("SELECT my_date $1") == "SELECT my_date $1");
}

TEST_CASE("parameters are counted by the highest") {
  CHECK(parameter_count("SELECT $2, $11, $1") == 11);
  CHECK(parameter_count("SELECT 1") == 0);
  CHECK(parameter_count("$") == 0);
  CHECK(parameter_count("$99999999999999") == 65535);
}

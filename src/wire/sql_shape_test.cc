#include "wire/sql_shape.h"

#include <doctest/doctest.h>

#include <string>

#include "base/rng.h"

using namespace pl;
using namespace pl::wire;

namespace {

std::string text_of(std::string_view statement) { return sql_shape(statement).text; }
std::string kind_of(std::string_view statement) { return std::string(sql_shape(statement).kind); }

}  // namespace

TEST_CASE("values leave a statement, whatever their notation") {
  CHECK(text_of("SELECT * FROM users WHERE name = 'O''Brien' AND age > 42") ==
        "select * from users where name = ? and age > ?");
  CHECK(text_of("select E'it\\'s', B'01', x'ff', N'a', U&'\\0061', $$b$$, $x$c $$ d$x$, 1.5e-3, .5, 0x1F") ==
        "select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?");
  CHECK(text_of("select 'a'\n  'b'") == "select ?");
  CHECK(text_of("select a from t where b=-5 and c in (-1) and d - 3 > 0") ==
        "select a from t where b = ? and c in (...) and d - ? > ?");
  CHECK(text_of("SELECT 1 -- a customer said so\n/* and /* this */ too */ + 2;") == "select ? + ?");
}

TEST_CASE("names and parameters stay, and lists of values are one shape however long") {
  CHECK(text_of("SELECT \"Weird Name\".x::int FROM s.\"T\" WHERE id = $1") ==
        "select \"Weird Name\".x::int from s.\"T\" where id = $1");
  CHECK(text_of("SELECT count(*) FROM m WHERE id IN ($1, $2,$3)") == "select count(*) from m where id in (...)");
  CHECK(text_of("SELECT a FROM m WHERE id = ANY(ARRAY[1,2])") == "select a from m where id = any (array[...])");
  const std::string one = "insert into notes(a, b) values (...)";
  CHECK(text_of("INSERT INTO notes (a, b) VALUES ($1, 'x')") == one);
  CHECK(text_of("INSERT INTO notes (a, b) VALUES ($1, $2), ($3, $4)") == one + ", ...");
  CHECK(text_of("INSERT INTO n VALUES (now(), $1), (now(), $2) RETURNING id") ==
        "insert into n values (now(), $1), ... returning id");
  CHECK(text_of("SELECT id FROM a WHERE x IN (SELECT y FROM b)") == "select id from a where x in (select y from b)");
}

TEST_CASE("what cannot be read to its end leaves no text, so that no value stays in it") {
  for (const char* odd : {"SELECT 'it\\'s me'", "SELECT * FROM t WHERE a = 'x", "SELECT $a$ x", "/* never", "\"open",
                          "SELECT 12abc", "SELECT {x}", "SELECT \\d", "", ";;", "  "}) {
    CAPTURE(odd);
    CHECK(sql_shape(odd).text.empty());
    CHECK(kind_of(odd) == "other");
    CHECK(sql_shape(odd).fingerprint.empty());
  }
  CHECK(sql_shape("SELECT 1", true).text.empty());
}

TEST_CASE("the kind is the statement's first word, or what it does behind WITH") {
  CHECK(kind_of("SELECT 1") == "select");
  CHECK(kind_of("insert into a values (1)") == "insert");
  CHECK(kind_of("INSERT INTO a VALUES (1) ON CONFLICT (b) DO UPDATE SET c = 1") == "insert");
  CHECK(kind_of("SELECT id FROM jobs FOR UPDATE SKIP LOCKED") == "select");
  CHECK(kind_of("WITH a AS (SELECT 1) SELECT * FROM a") == "select");
  CHECK(kind_of("WITH a AS (SELECT 1), b AS (INSERT INTO t SELECT 2 RETURNING id) SELECT * FROM b") == "insert");
  CHECK(kind_of("WITH a AS (SELECT 1) DELETE FROM t USING a") == "delete");
  CHECK(kind_of("begin") == "transaction");
  CHECK(kind_of("START TRANSACTION READ ONLY") == "transaction");
  CHECK(kind_of("COMMIT;") == "transaction");
  CHECK(kind_of("SET search_path TO x") == "session");
  CHECK(kind_of("CREATE TABLE t (a int)") == "schema");
  CHECK(kind_of("SELECT * INTO t2 FROM t") == "schema");
  CHECK(kind_of("BEGIN; SELECT 1; COMMIT") == "several");
  CHECK(kind_of("EXPLAIN SELECT 1") == "other");
  CHECK(kind_of("(SELECT 1) UNION (SELECT 2)") == "other");
}

TEST_CASE("a limit counts where it bounds the rows of the statement") {
  CHECK(sql_shape("SELECT a FROM t LIMIT 5").limited);
  CHECK(sql_shape("SELECT a FROM t OFFSET $1 FETCH FIRST 10 ROWS ONLY").limited);
  CHECK(sql_shape("SELECT * FROM (SELECT a FROM t LIMIT 5) x").limited);
  CHECK(sql_shape("WITH f AS MATERIALIZED (SELECT a FROM t LIMIT 5) SELECT * FROM f").limited);
  CHECK_FALSE(sql_shape("SELECT a, (SELECT b FROM u ORDER BY id LIMIT 1) FROM t").limited);
  CHECK_FALSE(sql_shape("SELECT a FROM t LIMIT ALL").limited);
  CHECK_FALSE(sql_shape("SELECT a FROM t").limited);
}

TEST_CASE("an aggregate without groups is one row; a window function is none") {
  CHECK(sql_shape("SELECT count(*) FROM t").aggregate);
  CHECK(sql_shape("SELECT coalesce(sum(a), 0) FROM t WHERE b = $1").aggregate);
  CHECK(sql_shape("SELECT count(*) FILTER (WHERE a) FROM t").aggregate);
  CHECK_FALSE(sql_shape("SELECT b, count(*) FROM t GROUP BY b").aggregate);
  CHECK_FALSE(sql_shape("SELECT a, count(*) OVER () FROM t").aggregate);
  CHECK_FALSE(sql_shape("SELECT a, (SELECT count(*) FROM u) FROM t").aggregate);
  CHECK_FALSE(sql_shape("SELECT count FROM t").aggregate);
  CHECK_FALSE(sql_shape("SELECT max(a) FROM t UNION ALL SELECT b FROM u").aggregate);
}

TEST_CASE("the same statement with other values and other spaces has the same fingerprint, another has not") {
  const SqlShape a = sql_shape("SELECT x FROM t WHERE a = 'one'");
  CHECK(a.fingerprint == sql_shape("select x\n from T where A='two' -- c").fingerprint);
  CHECK(a.fingerprint != sql_shape("SELECT y FROM t WHERE a = 'one'").fingerprint);
  CHECK(a.fingerprint.size() == 16);
}

TEST_CASE("any bytes are survived, and no constant of a readable statement stays") {
  Rng rng(7);
  constexpr std::string_view kPieces[] = {"SELECT ", "(", ")", "'", "''", "\\", "$1", "$$", "--", "\n",     "/*",
                                          "*/",      ",", "[", "]", "E'", "\"", "7",  "-",  "IN", "VALUES", "secret"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::uint64_t n = rng.below(14); n > 0; --n) text += kPieces[rng.below(std::size(kPieces))];
    const SqlShape shape = sql_shape(text);
    CHECK(shape.text.find('\'') == std::string::npos);
  }
  CHECK(sql_shape("SELECT " + std::string(5000, 'a')).text.size() < 1100);
}

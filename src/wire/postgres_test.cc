#include "wire/postgres.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/rng.h"
#include "wire/postgres_for_test.h"

using namespace pl;
using namespace pl::wire;
using namespace pl::wire::pg;

namespace {

/// Bytes of one way after the other.
using Dialogue = std::vector<std::pair<bool, std::string>>;

/// What a parser says of it, a line per event; statements are labelled 1, 2, ... in the order they come.
std::string told(const Dialogue& dialogue, std::size_t piece = 1 << 20) {
  PgParser parser;
  std::string out;
  std::int64_t labels = 0;
  for (const auto& [program, bytes] : dialogue) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      std::string copy = bytes.substr(at, piece);  // views into anything that is gone are found by the sanitizer
      std::string_view input = copy;
      PgParser::Step step;
      while ((step = parser.next(program, input, 0)) == PgParser::Step::event) {
        const PgEvent& event = parser.event();
        if (event.kind == PgEvent::Kind::statement) {
          out += "statement " + std::string(event.text) + (event.cut ? " cut" : "") + "\n";
          parser.label(++labels);
        } else if (event.kind == PgEvent::Kind::bound) {
          out += "bound " + std::to_string(event.label) + "\n";
        } else {
          out += "done " + std::to_string(event.label) + " " + std::to_string(event.rows) + " rows" +
                 (event.sqlstate.empty() ? "" : " " + std::string(event.sqlstate)) + "\n";
        }
      }
      if (step == PgParser::Step::opaque) return out + "opaque\n";
    }
  }
  return out + (parser.transaction() != 0 ? std::string(1, parser.transaction()) : "-") + "\n";
}

Dialogue begun() { return {{true, start_up()}, {false, greeting()}}; }
Dialogue after_start(Dialogue more) {
  Dialogue all = begun();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

const std::string kSelectT = message('T', std::string(2, '\0'));

Dialogue many_things() {
  return after_start({
      {true, query("select 1; select 2")},
      {false, kSelectT + rows(1) + complete("SELECT 1") + kSelectT + rows(2) + complete("SELECT 2") + ready()},
      {true, parse("", "select $1") + bound("", "") + describe() + execute() + synced()},
      {false, message('1') + message('2') + kSelectT + rows(3) + complete("SELECT 3") + ready()},
      {true, parse("s1", "insert $1") + synced()},
      {false, message('1') + ready()},
      {true, bound("", "s1", std::string(9000, 'x')) + execute() + bound("", "s1") + execute() + synced()},
      {false, message('2') + complete("INSERT 0 1") + message('2') + complete("INSERT 0 1") + ready('T')},
      {true, query("broken")},
      {false, error("42601") + ready('E')},
  });
}

}  // namespace

TEST_CASE("simple queries and the extended protocol, named and unnamed, pipelined: each end meets its statement") {
  CHECK(told(many_things()) ==
        "statement select 1; select 2\ndone 1 3 rows\n"
        "statement select $1\nbound 2\ndone 2 3 rows\n"
        "statement insert $1\nbound 3\nbound 3\ndone 3 0 rows\ndone 3 0 rows\n"
        "statement broken\ndone 4 0 rows 42601\nE\n");
}

TEST_CASE("any split says the same") {
  const std::string whole = told(many_things());
  for (const std::size_t piece : {1, 2, 3, 5, 7, 64, 1000}) CHECK(told(many_things(), piece) == whole);
}

TEST_CASE("after an error everything up to the Sync is dropped, what was sent before and what comes after") {
  CHECK(told(after_start({{true, parse("", "a") + bound("", "") + execute() + synced() + parse("", "b") +
                                     bound("", "") + execute() + synced()},
                          {false, message('1') + error("23505") + ready() + message('1') + message('2') + rows(1) +
                                      complete("SELECT 1") + ready()}})) ==
        "statement a\nbound 1\nstatement b\nbound 2\ndone 1 0 rows 23505\ndone 2 1 rows\nI\n");
  CHECK(told(after_start({{true, parse("x", "a")},
                          {false, error("42601")},
                          {true, bound("", "x") + execute() + query("dropped too") + synced()},
                          {false, ready()},
                          {true, query("c")},
                          {false, complete("SELECT 0") + ready()}})) ==
        "statement a\ndone 1 0 rows 42601\nstatement c\ndone 2 0 rows\nI\n");
}

TEST_CASE("a portal that is fetched in parts is one execution with all its rows") {
  CHECK(told(after_start({{true, parse("", "a") + bound("p", "") + execute("p") + message('H')},
                          {false, message('1') + message('2') + rows(2) + message('s')},
                          {true, execute("p") + synced()},
                          {false, rows(1) + complete("SELECT 1") + ready()}})) ==
        "statement a\nbound 1\ndone 1 3 rows\nI\n");
}

TEST_CASE("COPY both ways, empty queries, notices, a cancelled start-up error and closing leave the order intact") {
  CHECK(told(after_start({
            {true, query("copy t from stdin")},
            {false, message('G', std::string(3, '\0'))},
            {true, message('d', "1\n") + message('d', "2\n") + message('c')},
            {false, complete("COPY 2") + ready()},
            {true, parse("", "copy u from stdin") + bound("", "") + execute() + synced()},
            {false, message('1') + message('2') + message('G', std::string(3, '\0'))},
            {true, message('d', "1\n") + message('c') + synced()},
            {false, complete("COPY 1") + ready()},
            {true, query("copy t to stdout")},
            {false,
             message('H', std::string(3, '\0')) + message('d', "1\n") + message('c') + complete("COPY 1") + ready()},
            {true, query("")},
            {false, message('N', text("S")) + message('I') + message('S', text("a") + text("b")) + ready()},
            {true, message('C', "S" + text("s1")) + synced() + message('X')},
            {false, message('3') + ready()},
        })) ==
        "statement copy t from stdin\ndone 1 0 rows\nstatement copy u from stdin\nbound 2\ndone 2 0 rows\n"
        "statement copy t to stdout\ndone 3 0 rows\nstatement \ndone 4 0 rows\nI\n");
}

TEST_CASE("encryption ends what can be seen; a server without it is read on") {
  const std::string ask = number(8) + number(80'877'103);
  CHECK(told({{true, ask}, {false, "S"}, {true, "\x16\x03\x01"}}) == "opaque\n");
  CHECK(told({{true, ask}, {false, "N"}, {true, start_up()}, {false, greeting()}, {true, query("a")}}) ==
        "statement a\nI\n");
  const std::string gss = number(8) + number(80'877'104);
  CHECK(told({{true, gss}, {false, "N"}, {true, ask}, {false, "N"}, {true, start_up()}, {false, greeting()}}) == "I\n");
}

TEST_CASE("other protocols, broken messages and answers that nobody asked for make it opaque, without a word") {
  CHECK(told({{true, "GET / HTTP/1.1\r\n"}}) == "opaque\n");
  CHECK(told({{true, "\x16\x03\x01\x02\x00"}}) == "opaque\n");
  CHECK(told({{true, number(16) + number(80'877'102) + number(1) + number(2)}}) == "opaque\n");
  CHECK(told({{true, number(40) + number(2u << 16)}}) == "opaque\n");
  CHECK(told({{false, "220 mail.example\r\n"}}) == "opaque\n");
  CHECK(told(after_start({{true, "!!!!!!!!"}})) == "opaque\n");
  CHECK(told(after_start({{true, "Q" + number(3)}})) == "opaque\n");
  CHECK(told(after_start({{false, message('2')}})) == "opaque\n");
  CHECK(told(after_start({{false, message('W', std::string(3, '\0'))}})) == "opaque\n");
}

TEST_CASE("long statements are cut and the next message is read as usual") {
  const std::string sql = "select '" + std::string(100'000, 'a') + "'";
  const Dialogue dialogue = after_start({{true, query(sql) + query("b")}});
  const std::string said = told(dialogue);
  CHECK(said == "statement " + sql.substr(0, limits::kPgTextBytes) + " cut\nstatement b\nI\n");
  CHECK(told(dialogue, 777) == said);
}

TEST_CASE("more than can be remembered is not wrong, only unknown") {
  PgParser parser;
  const std::string begin = start_up();
  std::string_view input = begin;
  CHECK(parser.next(true, input, 0) == PgParser::Step::more);
  for (std::size_t i = 0; i <= limits::kPgNames; ++i) {
    const std::string bytes = parse("s" + std::to_string(i), "x");
    input = bytes;
    REQUIRE(parser.next(true, input, 0) == PgParser::Step::event);
    CHECK(parser.label(7) == (i < limits::kPgNames));
    const std::string answer = message('1');
    input = answer;
    CHECK(parser.next(false, input, 0) == PgParser::Step::more);
  }
  std::string flood;
  for (std::size_t i = 0; i <= limits::kPgPending; ++i) flood += synced();
  input = flood;
  CHECK(parser.next(true, input, 0) == PgParser::Step::opaque);
}

TEST_CASE("any bytes behind a start-up are survived") {
  Rng rng(11);
  for (int round = 0; round < 3000; ++round) {
    Dialogue dialogue = many_things();
    for (int flips = 0; flips < 3; ++flips) {
      std::string& bytes = dialogue[rng.below(dialogue.size())].second;
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    }
    const std::string whole = told(dialogue);
    CHECK(told(dialogue, 1 + rng.below(40)) == whole);
  }
}

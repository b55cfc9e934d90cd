#include "proxy/statements.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "wire/postgres_for_test.h"

namespace pl::proxy {
namespace {

using namespace wire::pg;

/// A connection that is looked at, and what was told of it.
struct Seen {
  StatementTable table;
  FlowStatements flow;
  StatementWatch watch{table};
  std::vector<record::Observation> told;

  Seen() {
    up(start_up());
    down(greeting());
  }
  bool up(const std::string& bytes, Ns at = 0) { return watch.feed(Way::up, bytes, at, flow); }
  bool down(const std::string& bytes, Ns at = 0) { return watch.feed(Way::down, bytes, at, flow); }
  void ask(const std::string& sql, int count, Ns took = kMs) {
    up(parse("", sql) + bound("", "") + execute() + synced());
    down(message('1') + message('2') + rows(count) + complete("SELECT 1") + ready(), took);
  }
  record::Sink sink() {
    return [this](record::Observation seen) { told.push_back(std::move(seen)); };
  }
  void say(std::int64_t second) {
    record::FlowSecond whose;
    whose.owner = 7;
    whose.address = "127.0.0.1";
    whose.port = 5432;
    whose.second = second;
    flow.say(whose, second * kSec, table, sink());
  }
  template <class Kind>
  std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (const record::Observation& one : told) {
      if (record::is<Kind>(one)) found.push_back(record::decode<Kind>(one.payload));
    }
    return found;
  }
};

}  // namespace

TEST_CASE("statements: one per normalised text, told once, and summed by the second") {
  Seen seen;
  seen.ask("SELECT a FROM t WHERE b = 'Alice'", 2);
  seen.ask("select a from t where b = 'Bob'", 5, 3 * kMs);
  seen.say(1);
  seen.ask("SELECT a FROM t WHERE b = $1", 1);
  seen.ask("select a from t where b = 'Carol'", 0);
  seen.say(2);
  seen.say(3);
  const auto statements = seen.all<record::StatementSeen>();
  REQUIRE(statements.size() == 2);
  CHECK(statements[0].text == "select a from t where b = ?");
  CHECK(statements[0].kind == "select");
  CHECK(statements[0].owner == 7);
  CHECK(statements[0].port == 5432);
  CHECK(statements[1].text == "select a from t where b = $1");
  const auto seconds = seen.all<record::StatementSecond>();
  REQUIRE(seconds.size() == 2);
  CHECK(seconds[0].statements == std::vector<std::int64_t>{0});
  CHECK(seconds[0].executions == std::vector<std::int64_t>{2});
  CHECK(seconds[0].rows == std::vector<std::int64_t>{7});
  CHECK(seconds[0].most_rows == std::vector<std::int64_t>{5});
  CHECK(seconds[0].time == std::vector<std::int64_t>{4 * kMs});
  CHECK(seconds[1].statements == std::vector<std::int64_t>{0, 1});
  for (const record::Observation& one : seen.told) {
    for (const char* customer : {"Alice", "Bob", "Carol"})
      CHECK(one.payload.dump().find(customer) == std::string::npos);
  }
}

TEST_CASE("statements: what never succeeded is counted, and its text is not told") {
  Seen seen;
  seen.up(query("select secret of customer"));
  seen.down(error("42601") + ready());
  seen.say(1);
  CHECK(seen.all<record::StatementSeen>().empty());
  const auto seconds = seen.all<record::StatementSecond>();
  REQUIRE(seconds.size() == 1);
  CHECK(seconds[0].errors == std::vector<std::int64_t>{1});
  CHECK(seconds[0].executions == std::vector<std::int64_t>{1});
}

TEST_CASE("statements: what one journey did is told once, and what came before it is nobody's") {
  Seen seen;
  seen.ask("select 1", 1);
  seen.flow.trace({.journey = -1}, 0, seen.sink());
  CHECK(seen.told.empty());
  for (int i = 0; i < 3; ++i) seen.ask("select a from t where b = $1", 2);
  record::StatementsTraced traced;
  traced.journey = 4;
  traced.round = 2;
  seen.flow.trace(traced, 0, seen.sink());
  seen.flow.trace(traced, 0, seen.sink());
  const auto told = seen.all<record::StatementsTraced>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].journey == 4);
  CHECK(told[0].round == 2);
  CHECK(told[0].statements == std::vector<std::int64_t>{1});
  CHECK(told[0].executions == std::vector<std::int64_t>{3});
  CHECK(told[0].rows == std::vector<std::int64_t>{6});
}

TEST_CASE("canaries: raw, escaped, without their mark and bound are told apart; the value is not told") {
  const auto form = [](std::string_view text) {
    const auto found = find_canaries(text, "plq7x");
    return found.empty() ? std::string("none") : std::to_string(found[0].canary) + " " + std::string(found[0].form);
  };
  CHECK(form("select '%plq7x012'q%'") == "12 raw");
  CHECK(form("select '%plq7x012''q%'") == "12 escaped");
  CHECK(form("select E'plq7x012\\'q'") == "12 escaped");
  CHECK(form("select 'plq7x012'") == "12 text");
  CHECK(form("select 'plq7x01'") == "none");
  CHECK(form("select 'other'") == "none");
  Seen seen;
  seen.ask("select 'plq7x001'", 1);
  seen.table.watch_for("plq7x");
  seen.ask("select a from t where b = 'plq7x002'", 1);
  seen.up(query("select a from t where b = 'plq7x003'q'"));
  seen.down(error("42601") + ready());
  seen.up(parse("", "select c from t where b = $1") + bound("", "", "plq7x004'q") + execute() + synced());
  seen.up(parse("", "select c from t where b = $1") + bound("", "", "plq7x004'q") + execute() + synced());
  seen.say(1);
  const auto told = seen.all<record::CanarySeen>();
  REQUIRE(told.size() == 3);
  CHECK(told[0].canary == 2);
  CHECK(told[0].form == "text");
  CHECK(told[0].statement == 1);
  CHECK(told[1].form == "raw");
  CHECK(told[1].statement == -1);
  CHECK(told[2].form == "bound");
  CHECK(told[2].statement == 2);
  for (const record::Observation& one : seen.told) CHECK(one.payload.dump().find("plq7x") == std::string::npos);
}

TEST_CASE("statements: too many different ones are said, and the known ones are counted on") {
  Seen seen;
  for (std::size_t i = 0; i < limits::kStatementShapes; ++i) seen.ask("select a" + std::to_string(i), 1);
  CHECK_FALSE(seen.table.limit_reached());
  seen.ask("select one_more", 1);
  CHECK(seen.table.limit_reached());
  seen.say(1);
  seen.ask("select a0", 1);
  seen.say(2);
  CHECK(seen.all<record::StatementSeen>().size() == limits::kStatementShapes);
  CHECK(seen.all<record::StatementSecond>().back().statements == std::vector<std::int64_t>{0});
}

TEST_CASE("statements: another protocol is left alone at once") {
  StatementTable table;
  FlowStatements flow;
  StatementWatch watch{table};
  CHECK_FALSE(watch.feed(Way::up, "GET / HTTP/1.1\r\n", 0, flow));
}

}  // namespace pl::proxy

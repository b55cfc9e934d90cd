#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "checks/data/n_plus_one.h"
#include "checks/data/unbounded.h"
#include "checks/security/sql_text.h"

namespace pl::checks {
namespace {

/// A log by hand: server.js on postgres with journeys page (0) and post (1), and the statements that a test adds.
class Story {
 public:
  Story() {
    add(record::RunStarted{});
    add(record::ProcessStarted{11, 1, "/usr/bin/postgres", {"postgres"}, "/", 0, ""});
    add(record::ListenerSeen{11, "127.0.0.1", 5432});
    add(record::ProcessStarted{20, 1, "/usr/bin/node", {"node", "server.js"}, "/", 0, ""});
    add(record::ListenerSeen{20, "127.0.0.1", 3000});
    add(record::ConnectSeen{20, 20, {1}, "127.0.0.1", 5432, "", "ok"});
    add(record::SubjectReady{"127.0.0.1", 3000, kSec, 20});
    add(record::JourneyDeclared{0, "page", {"GET /page"}});
    add(record::JourneyDeclared{1, "post", {"POST /post"}});
  }

  /// A statement of server.js; its number.
  std::int64_t statement(const std::string& text, const std::string& kind = "select", bool limited = false,
                         bool aggregate = false) {
    record::StatementSeen seen;
    name(seen);
    seen.statement = next_++;
    seen.fingerprint = text;
    seen.kind = kind;
    seen.text = text;
    seen.limited = limited;
    seen.aggregate = aggregate;
    add(seen);
    return seen.statement;
  }
  struct Part {
    std::int64_t statement, executions, rows;
  };
  void trace(std::int64_t journey, std::int64_t round, const std::vector<Part>& parts) {
    record::StatementsTraced traced;
    name(traced);
    traced.journey = journey;
    traced.round = round;
    for (const Part& part : parts) {
      traced.statements.push_back(part.statement);
      traced.executions.push_back(part.executions);
      traced.rows.push_back(part.rows);
    }
    add(traced);
  }
  void second(std::int64_t second, std::int64_t statement, std::int64_t executions, std::int64_t rows) {
    record::StatementSecond seen;
    name(seen);
    seen.second = second;
    seen.statements = {statement};
    seen.executions = {executions};
    seen.rows = {rows};
    seen.most_rows = {rows / executions};
    seen.time = {executions * kMs};
    add(seen);
  }
  void probe(std::int64_t canary, bool quote, const std::string& form, std::int64_t statement = -1) {
    add(record::ParameterProbed{canary, 0, 0, "GET /page?q=x", "query", "q", quote, 200});
    record::CanarySeen seen;
    name(seen);
    seen.canary = canary;
    seen.form = form;
    seen.statement = statement;
    add(seen);
  }
  facts::Facts facts() const { return facts::fold(frames_); }

 private:
  template <class Kind>
  void name(Kind& kind) {
    kind.owner = 20;
    kind.address = "127.0.0.1";
    kind.port = 5432;
  }
  template <class Kind>
  void add(const Kind& kind) {
    frames_.push_back(record::observe(static_cast<Ns>(frames_.size()) * kMs, kind));
    frames_.back().id = static_cast<std::int64_t>(frames_.size()) - 1;
  }
  std::vector<record::Observation> frames_;
  std::int64_t next_ = 0;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("facts: statements are the edge's, summed over flows, seconds kept apart") {
  Story story;
  const std::int64_t list = story.statement("select a from t");
  story.second(10, list, 2, 6);
  story.second(11, list, 1, 5);
  const facts::Facts facts = story.facts();
  REQUIRE(facts.statements.size() == 1);
  CHECK(facts.statements[0].edge == 0);
  CHECK(facts.statements[0].all.executions == 3);
  CHECK(facts.statements[0].all.rows == 11);
  CHECK(facts.statements[0].all.most_rows == 5);
  CHECK(facts.statements[0].all.time == 3 * kMs);
  CHECK(facts.statements[0].by_second.at(11).rows == 5);
}

TEST_CASE("N+1: one execution for each row of another statement") {
  Story story;
  const std::int64_t list = story.statement("select id from chats where user_id = $1");
  const std::int64_t count = story.statement("select count(*) from messages where chat_id = $1");
  for (std::int64_t round = 0; round < 5; ++round) {
    story.trace(0, round, {{list, 1, round + 1}, {count, round + 1, round + 1}});
  }
  const auto findings = n_plus_one(story.facts());
  REQUIRE(findings.size() == 1);
  CHECK(has(findings[0].title, "`page`"));
  CHECK(has(findings[0].title, "5 executions"));
  CHECK(has(findings[0].title, "select count(*)"));
  CHECK(has(findings[0].why, "once for each row of `select id from chats"));
  CHECK(findings[0].severity == facts::Severity::warning);
  CHECK(findings[0].evidence.size() >= 5);
}

TEST_CASE("N+1: where each iteration has the same number, many are needed") {
  for (const std::int64_t rows : {5, 20}) {
    Story story;
    const std::int64_t list = story.statement("select id from chats limit 20", "select", true);
    const std::int64_t one = story.statement("select text from messages where chat_id = $1");
    for (std::int64_t round = 0; round < 5; ++round) story.trace(0, round, {{list, 1, rows}, {one, rows, 3 * rows}});
    CHECK(n_plus_one(story.facts()).size() == (rows == 20 ? 1 : 0));
  }
}

TEST_CASE("N+1: more executions with each round, though no rows explain them") {
  Story story;
  const std::int64_t one = story.statement("select text from messages where id = $1");
  for (std::int64_t round = 0; round < 5; ++round) story.trace(0, round, {{one, 2 * round, 2 * round}});
  const auto findings = n_plus_one(story.facts());
  REQUIRE(findings.size() == 1);
  CHECK(has(findings[0].why, "the more its user owns"));
}

TEST_CASE(
    "N+1: silent on different statements, joins, transactions, batches, fixed look-ups, caches and single rounds") {
  Story story;
  const std::int64_t list = story.statement("select id from chats where user_id = $1");
  const std::int64_t begin = story.statement("begin", "transaction");
  const std::int64_t batch = story.statement("several", "several");
  const std::int64_t setting = story.statement("select value from settings where name = $1");
  const std::int64_t cached = story.statement("select name from places where id = $1");
  std::vector<std::int64_t> different;
  for (int i = 0; i < 12; ++i) different.push_back(story.statement("select " + std::to_string(i)));
  for (std::int64_t round = 0; round < 5; ++round) {
    std::vector<Story::Part> parts = {{list, 1, round + 1}, {begin, round + 1, 0}, {batch, round + 1, 0}};
    parts.push_back({setting, 4, 4});
    if (round == 0) parts.push_back({cached, 6, 6});
    for (const std::int64_t one : different) parts.push_back({one, 1, 1});
    story.trace(0, round, parts);
  }
  story.trace(1, 0, {{list, 1, 9}, {setting, 9, 9}});
  CHECK(n_plus_one(story.facts()).empty());
}

TEST_CASE("unbounded: answers that rise through the run and reach 100 rows") {
  Story story;
  const std::int64_t list = story.statement("select * from messages");
  for (std::int64_t second = 10; second < 30; ++second) story.second(second, list, 5, 5 * (second * 10));
  const auto findings = unbounded(story.facts());
  REQUIRE(findings.size() == 1);
  CHECK(has(findings[0].title, "290 rows"));
  CHECK(has(findings[0].why, "120 rows per execution to 270"));
}

TEST_CASE("unbounded: silent on constant answers, limits, aggregates, small and shrinking ones, and short looks") {
  Story story;
  const std::int64_t constant = story.statement("select a from countries");
  const std::int64_t limited = story.statement("select b limit 500", "select", true);
  const std::int64_t aggregate = story.statement("select c", "select", false, true);
  const std::int64_t small = story.statement("select d");
  const std::int64_t shrinking = story.statement("select e");
  const std::int64_t inserts = story.statement("insert f returning g", "insert");
  const std::int64_t brief = story.statement("select h");
  for (std::int64_t second = 10; second < 30; ++second) {
    story.second(second, constant, 5, 5 * 250);
    for (const std::int64_t one : {limited, aggregate, inserts}) story.second(second, one, 5, 5 * second * 10);
    story.second(second, small, 5, 5 * second);
    story.second(second, shrinking, 5, 5 * (400 - second * 10));
  }
  for (std::int64_t second = 10; second < 13; ++second) story.second(second, brief, 50, 50 * second * 10);
  CHECK(unbounded(story.facts()).empty());
}

TEST_CASE("SQL text: an unescaped quotation mark is proved and blocks; the statement is named") {
  Story story;
  const std::int64_t search = story.statement("select a from t where b ilike ?");
  story.probe(1, false, "text", search);
  story.probe(2, true, "raw");
  const auto findings = sql_text(story.facts());
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == facts::Severity::blocking);
  CHECK(has(findings[0].title, "`q` in the query of GET /page?q=x"));
  CHECK(has(findings[0].why, "select a from t where b ilike ?"));
  CHECK(findings[0].evidence.size() == 4);
}

TEST_CASE("SQL text: an escaped one is a note, a bound one is nothing") {
  Story escaped;
  escaped.probe(1, false, "text");
  escaped.probe(2, true, "escaped");
  const auto findings = sql_text(escaped.facts());
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == facts::Severity::note);
  CHECK(has(findings[0].why, "escaped"));
  Story bound;
  bound.probe(1, false, "bound");
  bound.probe(2, true, "bound");
  CHECK(sql_text(bound.facts()).empty());
  CHECK(sql_text(Story().facts()).empty());
}

}  // namespace pl::checks

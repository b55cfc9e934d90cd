#include <doctest/doctest.h>

#include <algorithm>

#include "checks/answers.h"
#include "checks/checks.h"
#include "checks/data/measured.h"

namespace pl::checks {
namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const facts::Finding* found(const std::vector<facts::Finding>& findings, const std::string& check) {
  const auto at = std::find_if(findings.begin(), findings.end(), [&](const auto& one) { return one.check == check; });
  return at == findings.end() ? nullptr : &*at;
}

/// A log by hand: messages (id, chat_id, text) grows, plans does not; statements are added by the tests.
struct Shop {
  facts::Facts facts;
  std::int64_t frame = 10;

  Shop() {
    facts.databases.push_back({frame++, 0, {.service = "postgres", .version = "15", .port = 1}});
    facts.tables.push_back(
        {frame++, 0, {.table = "messages", .phase = "before", .length = 5 * kSec, .rows = 1000, .inserted = 50}});
    facts.tables.push_back({frame++, 0, {.table = "plans", .phase = "before", .length = 5 * kSec, .rows = 3}});
    index({.table = "messages", .name = "messages_pkey", .method = "btree", .columns = {"id"}, .unique = true});
    facts.grown.push_back({frame++, 0, {.table = "messages", .because = "it grew", .before = 1000, .after = 20'000}});
  }

  void index(const record::IndexSeen& index) { facts.indices.push_back({frame++, 0, index}); }

  /// A statement that was called often; its time and blocks before and after the growth.
  std::int64_t statement(const std::string& text, const Words& tables, Ns before, Ns after, double blocks_before,
                         double blocks_after, double rows_after = 1) {
    const auto number = static_cast<std::int64_t>(facts.plans.size());
    facts.timed_statements.push_back({frame++, 0, {number, text, "before", 100, before, 1, blocks_before}});
    facts.timed_statements.push_back({frame++, 0, {number, text, "after", 100, after, rows_after, blocks_after}});
    facts.plans.push_back({frame++, 0, {.statement = number, .tables = tables}});
    return number;
  }

  void unserved(const record::ScanUnserved& scan) { facts.unserved.push_back({frame++, 0, scan}); }

  facts::Answer answer(void (*function)(const facts::Facts&, facts::Answer&)) const {
    facts::Answer answer;
    function(facts, answer);
    return answer;
  }
};

}  // namespace

TEST_CASE("a search in all of a growing table needs a trigram index, also where its order lets it end early") {
  Shop shop;
  const auto one = shop.statement("SELECT id FROM messages WHERE text ILIKE $1 ORDER BY id LIMIT $2", {"messages"}, kMs,
                                  20 * kMs, 10, 200);
  shop.unserved({.statement = one, .table = "messages", .pattern = {"text"}, .limited = true});
  const auto findings = run_all(shop.facts);
  const auto* missing = found(findings, "data.missing_index");
  REQUIRE(missing != nullptr);
  CHECK(missing->subject == "messages (text, trigram)");
  CHECK(has(missing->remedy, "CREATE INDEX CONCURRENTLY ON messages USING gin (text gin_trgm_ops)"));
  CHECK(has(missing->why, "With 20.0 times the rows a call took 20.0 times as long (1.00 ms to 20.00 ms)"));
  CHECK(missing->severity == facts::Severity::warning);
  CHECK_FALSE(missing->evidence.empty());
  const auto* growth = found(findings, "data.growth");
  REQUIRE(growth != nullptr);
  CHECK(growth->remedy == missing->remedy);
  CHECK(has(shop.answer(answer_data_stage).text, "Stage 1"));
  CHECK(has(shop.answer(answer_indices).text, "Missing: messages (text, trigram); unused: none; doubled: none"));
  const auto buttons = shop.answer(answer_easy_buttons);
  CHECK(buttons.evidence_class == facts::Evidence::simulated);
  CHECK(has(buttons.text, "at 1000000 rows in messages"));
}

TEST_CASE("a foreign key that is asked for is one finding, with its index") {
  Shop shop;
  shop.facts.foreign_keys.push_back({5, 0, {.table = "messages", .columns = {"chat_id"}, .parent = "chats"}});
  const auto one = shop.statement("SELECT count(*) FROM messages WHERE chat_id = $1", {"messages"}, kMs, kMs, 1, 1);
  shop.unserved({.statement = one, .table = "messages", .equal = {"role", "chat_id"}, .distinct = 3});
  const auto findings = run_all(shop.facts);
  CHECK(found(findings, "data.missing_index") == nullptr);
  const auto* key = found(findings, "data.foreign_key_index");
  REQUIRE(key != nullptr);
  CHECK(key->subject == "messages (chat_id)");
  CHECK(key->remedy == "CREATE INDEX CONCURRENTLY ON messages (chat_id)");
  CHECK(has(key->why, "called 100 times"));
}

TEST_CASE("a foreign key that nobody asks for is found only where its parent loses rows") {
  Shop shop;
  shop.facts.foreign_keys.push_back({5, 0, {.table = "messages", .columns = {"user_id"}, .parent = "users"}});
  CHECK(run_all(shop.facts).empty());
  shop.facts.tables.push_back({6, 0, {.table = "users", .phase = "before", .ever_deleted = 3}});
  const auto findings = run_all(shop.facts);
  REQUIRE(found(findings, "data.foreign_key_index") != nullptr);
  CHECK(has(found(findings, "data.foreign_key_index")->why, "deleted from users reads all of messages"));
  shop.facts.foreign_keys[0].value.indexed = true;
  CHECK(run_all(shop.facts).empty());
}

TEST_CASE("no index is missing on a table of fixed size, nor where it would find half of the table") {
  Shop shop;
  const auto one = shop.statement("SELECT * FROM plans WHERE name = $1", {"plans"}, kMs, 30 * kMs, 1, 30);
  shop.unserved({.statement = one, .table = "plans", .equal = {"name"}});
  const auto two = shop.statement("SELECT * FROM messages WHERE done = $1", {"messages"}, kMs, kMs, 1, 1);
  shop.unserved({.statement = two, .table = "messages", .equal = {"done"}, .distinct = 2});
  shop.unserved({.statement = two, .table = "messages", .range = {"made"}, .limited = true});
  CHECK(run_all(shop.facts).empty());
  CHECK(has(shop.answer(answer_data_stage).text, "Stage 2"));
}

TEST_CASE("stage 3 is where indices serve and the ladder ended at the database's processor, and nowhere else") {
  Shop shop;
  shop.statement("SELECT * FROM messages WHERE id = $1", {"messages"}, kMs, kMs, 3, 4);
  shop.facts.topology.components.push_back({.id = 0, .product = "PostgreSQL"});
  const std::string database = facts::plain_name(shop.facts.topology.components[0]);
  record::CapacityStep step{.through_relay = false, .offered = 100, .held = true, .busiest = database};
  step.busiest_cores = 0.6;
  shop.facts.capacity.push_back({shop.frame++, 0, step});
  step.offered = 200;
  step.held = false;
  shop.facts.capacity.push_back({shop.frame++, 0, step});
  CHECK(has(shop.answer(answer_data_stage).text, "Stage 2"));
  shop.facts.capacity.back().value.busiest_cores = 1.7;
  const facts::Answer choked = shop.answer(answer_data_stage);
  CHECK(has(choked.text, "Stage 3"));
  CHECK(std::ranges::count(choked.evidence, shop.facts.capacity.back().id) == 1);
  shop.facts.capacity.back().value.busiest = "server.js";
  CHECK(has(shop.answer(answer_data_stage).text, "Stage 2"));
}

TEST_CASE("no index is missing where one begins with the column, or a partial one may be meant for it") {
  Shop shop;
  shop.index({.table = "messages", .name = "a", .method = "btree", .columns = {"text text_pattern_ops"}, .scans = 1});
  shop.index({.table = "messages",
              .name = "b",
              .method = "btree",
              .columns = {"id"},
              .predicate = "(state = 'new'::text)",
              .scans = 1});
  const auto one = shop.statement("SELECT * FROM messages", {"messages"}, kMs, kMs, 1, 1);
  shop.unserved({.statement = one, .table = "messages", .pattern = {"text"}});
  shop.unserved({.statement = one, .table = "messages", .equal = {"state"}, .distinct = 100});
  CHECK(run_all(shop.facts).empty());
}

TEST_CASE("alternatives and joins name an index for each column that has none") {
  Shop shop;
  const auto one = shop.statement("SELECT 1", {"messages"}, kMs, kMs, 1, 1);
  shop.unserved({.statement = one, .table = "messages", .equal = {"id", "chatId", "b"}, .either = true});
  const auto missing = missing_indices(shop.facts);
  REQUIRE(missing.size() == 2);
  CHECK(create_text(missing[0]) == "CREATE INDEX CONCURRENTLY ON messages (\"chatId\")");
  CHECK(missing[1].columns == Words{"b"});
}

TEST_CASE("a time grows with the rows only where blocks do, the answer does not, and it is not tiny") {
  Shop shop;
  shop.statement("noise of the machine", {"messages"}, kMs, 20 * kMs, 4, 5);
  shop.statement("a longer answer", {"messages"}, kMs, 20 * kMs, 10, 200, 40);
  shop.statement("a constant table", {"plans"}, kMs, 20 * kMs, 10, 200);
  shop.statement("tiny", {"messages"}, 1000, 20'000, 10, 200);
  shop.statement("by its index", {"messages"}, kMs, 1'200'000, 3, 4);
  CHECK(run_all(shop.facts).empty());
  const auto answer = shop.answer(answer_growth);
  CHECK(answer.state == facts::Answer::State::answered);
  CHECK(has(answer.text, "None of 4 statements"));
  CHECK(has(shop.answer(answer_easy_buttons).text, "no end of them is in sight"));
}

TEST_CASE("an index that nothing asks for is unused; one that a statement or a foreign key needs is not") {
  Shop shop;
  shop.index({.table = "messages", .name = "stray", .method = "btree", .columns = {"made DESC"}, .bytes = 8192});
  const auto findings = run_all(shop.facts);
  REQUIRE(found(findings, "data.unused_index") != nullptr);
  CHECK(found(findings, "data.unused_index")->severity == facts::Severity::note);
  CHECK(has(found(findings, "data.unused_index")->remedy, "DROP INDEX CONCURRENTLY stray"));

  SUBCASE("a statement orders by it") {
    shop.statement("x", {"messages"}, kMs, kMs, 1, 1);
    shop.facts.plans.back().value.asked = {"messages.made"};
    CHECK(run_all(shop.facts).empty());
  }
  SUBCASE("a statement without a plan names it") {
    shop.statement("SELECT * FROM messages WHERE made > $1", {}, kMs, kMs, 1, 1);
    shop.facts.plans.back().value.failed = "syntax error";
    CHECK(run_all(shop.facts).empty());
  }
  SUBCASE("a foreign key needs it") {
    shop.facts.foreign_keys.push_back(
        {5, 0, {.table = "messages", .columns = {"made"}, .parent = "days", .indexed = true}});
    CHECK(run_all(shop.facts).empty());
  }
  SUBCASE("it was scanned") {
    shop.facts.indices.back().value.scans = 1;
    CHECK(run_all(shop.facts).empty());
  }
}

TEST_CASE("an index is doubled by one that begins alike; of two that are the same one stays") {
  Shop shop;
  shop.index({.table = "messages", .name = "short", .method = "btree", .columns = {"chat_id"}, .scans = 9});
  shop.index({.table = "messages", .name = "other", .method = "btree", .columns = {"chat_id DESC"}, .scans = 9});
  CHECK(run_all(shop.facts).empty());
  shop.index({.table = "messages", .name = "long", .method = "btree", .columns = {"chat_id", "id"}, .scans = 9});
  shop.index({.table = "messages", .name = "long2", .method = "btree", .columns = {"chat_id", "id"}, .scans = 9});
  std::vector<std::string> subjects;
  for (const auto& finding : run_all(shop.facts)) {
    CHECK(finding.check == "data.doubled_index");
    subjects.push_back(finding.subject);
  }
  CHECK(subjects == Words{"messages short", "messages long2"});
}

TEST_CASE("without a look into the database the reason is said") {
  Shop shop;
  shop.facts.databases[0].value.closed = "libpq.so.5 is missing";
  CHECK(has(shop.answer(answer_data_stage).text, "libpq.so.5 is missing"));
  CHECK(shop.answer(answer_growth).state == facts::Answer::State::not_run);
  facts::Facts own;
  own.topology.components.push_back({.id = 0, .name = "postgres", .product = "PostgreSQL"});
  facts::Answer answer;
  answer_indices(own, answer);
  CHECK(has(answer.text, "only to a throw-away server"));
  facts::Answer none;
  answer_indices(facts::Facts{}, none);
  CHECK(has(none.text, "No PostgreSQL was seen"));
}

TEST_CASE("a key of shards is suggested from what statements compare, and never counts as a plan") {
  Shop shop;
  shop.statement("x", {"messages"}, kMs, kMs, 1, 1);
  shop.facts.plans.back().value.asked = {"messages.user_id", "messages.id"};
  shop.facts.plans.back().value.equal = {"messages.user_id", "messages.id"};
  const auto answer = shop.answer(answer_sharding);
  CHECK(answer.state == facts::Answer::State::not_run);
  CHECK(has(answer.text, "suggests `user_id`"));
  CHECK(has(answer.text, "100 of 100 calls"));
}

}  // namespace pl::checks

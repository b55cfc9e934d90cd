#include "data/plan.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace pl;

namespace {

/// A plan written with ' for ".
data::Plan plan_of(std::string root) {
  std::ranges::replace(root, '\'', '"');
  const auto json = Json::parse("[{\"Plan\": " + root + "}]");
  REQUIRE(json.has_value());
  return data::read_plan(*json, {{"by_day", "day"}});
}

/// A node on a table of `public` under its own name.
std::string scan(const std::string& type, const std::string& table, const std::string& rest) {
  return "{'Node Type': '" + type + "', 'Relation Name': '" + table + "', 'Schema': 'public', 'Alias': '" + table +
         "'" + (rest.empty() ? "" : ", " + rest) + "}";
}
std::string over(const std::string& type, const std::string& rest, const std::string& below) {
  return "{'Node Type': '" + type + "'" + (rest.empty() ? "" : ", " + rest) + ", 'Plans': [" + below + "]}";
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a sequential scan with a filter is not served") {
  const auto plan = plan_of(over("Aggregate", "", scan("Seq Scan", "messages", "'Filter': '(messages.chat_id = $1)'")));
  REQUIRE(plan.unserved.size() == 1);
  CHECK(plan.unserved[0].table == "messages");
  CHECK(plan.unserved[0].equal == Words{"chat_id"});
  CHECK_FALSE(plan.unserved[0].limited);
  CHECK(plan.tables == Words{"messages"});
  CHECK(plan.asked == Words{"messages.chat_id"});
  CHECK(plan.equal == Words{"messages.chat_id"});
}

TEST_CASE("an index that is read from end to end for its order does not serve the filter") {
  const auto plan = plan_of(
      over("Limit", "", scan("Index Scan", "messages", "'Index Name': 'pk', 'Filter': '(messages.text ~~* $1)'")));
  REQUIRE(plan.unserved.size() == 1);
  CHECK(plan.unserved[0].pattern == Words{"text"});
  CHECK(plan.unserved[0].limited);
  const auto sorted = plan_of(over(
      "Limit", "",
      over("Sort", "'Sort Key': ['messages.id DESC']", scan("Seq Scan", "messages", "'Filter': '(messages.a = $1)'"))));
  REQUIRE(sorted.unserved.size() == 1);
  CHECK_FALSE(sorted.unserved[0].limited);
  CHECK(sorted.asked == Words{"messages.a", "messages.id"});
}

TEST_CASE("an index condition serves, whatever is filtered beside it") {
  CHECK(plan_of(scan("Index Scan", "users", "'Index Cond': '(users.id = $1)', 'Filter': '(users.age > $2)'"))
            .unserved.empty());
  const auto bitmap =
      plan_of(over("Bitmap Heap Scan", "'Relation Name': 'm', 'Schema': 'public', 'Alias': 'm', 'Filter': '(m.b = $2)'",
                   "{'Node Type': 'Bitmap Index Scan', 'Index Cond': '(m.a = $1)'}"));
  CHECK(bitmap.unserved.empty());
  CHECK(bitmap.equal == Words{"m.a", "m.b"});
}

TEST_CASE("an index that begins with another column is read from end to end") {
  const std::string index = "'Index Name': 'by_day', 'Index Cond': ";
  const auto other = plan_of(scan("Index Only Scan", "m", index + "'(m.a = $1)'"));
  REQUIRE(other.unserved.size() == 1);
  CHECK(other.unserved[0].equal == Words{"a"});
  CHECK(plan_of(scan("Index Scan", "m", index + "'((m.day = $1) AND (m.a = $2))'")).unserved.empty());
  const auto bitmap = plan_of(over("Bitmap Heap Scan", "'Relation Name': 'm', 'Schema': 'public', 'Alias': 'm'",
                                   "{'Node Type': 'Bitmap Index Scan', " + index + "'(m.a = $1)'}"));
  CHECK(bitmap.unserved.size() == 1);
}

TEST_CASE("a statement without a condition asks for everything") {
  CHECK(plan_of(scan("Seq Scan", "plans", "")).unserved.empty());
  const auto join = over("Nested Loop", "'Join Filter': '(b.a_id = a.id)'",
                         scan("Seq Scan", "a", "") + "," + scan("Seq Scan", "b", ""));
  CHECK(plan_of(join).unserved.empty());
}

TEST_CASE("the condition of a join that no index serves is found where something is restricted") {
  const auto plan = plan_of(
      over("Nested Loop", "'Join Filter': '(users.id = chats.user_id)'",
           scan("Index Scan", "users", "'Index Cond': '(users.name = $1)'") + "," + scan("Seq Scan", "chats", "")));
  REQUIRE(plan.unserved.size() == 1);
  CHECK(plan.unserved[0].table == "chats");
  CHECK(plan.unserved[0].equal == Words{"user_id"});
  CHECK(plan.unserved[0].joined);
}

TEST_CASE("tables of the system and of other schemas") {
  const auto plan = plan_of(
      "{'Node Type': 'Seq Scan', 'Relation Name': 't', 'Schema': 'shop', 'Alias': 't', 'Filter': '((t.a = $1) OR (t.b "
      "= $1))'}");
  REQUIRE(plan.unserved.size() == 1);
  CHECK(plan.unserved[0].table == "shop.t");
  CHECK(plan.unserved[0].either);
  CHECK(plan.unserved[0].equal == Words{"a", "b"});
  CHECK(plan_of("{'Node Type': 'Seq Scan', 'Relation Name': 'pg_class', 'Schema': 'pg_catalog', 'Alias': 'c', "
                "'Filter': '(c.relname = $1)'}")
            .tables.empty());
  CHECK(plan_of("null").tables.empty());
}

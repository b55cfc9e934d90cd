#include "data/copy_plan.h"

#include <doctest/doctest.h>

using namespace pl::data;

namespace {

Table table(const std::string& name, std::vector<Column> columns, std::vector<Index> indices) {
  return {.name = name, .quoted = "public." + name, .columns = std::move(columns), .indices = std::move(indices)};
}
Index unique_index(std::vector<int> numbers) {
  return {.name = "key", .method = "btree", .numbers = std::move(numbers), .unique = true};
}

/// users (id, name unique), chats (id, user_id), messages (id, chat_id, user_id without a foreign key, text).
Schema chat() {
  Schema schema;
  schema.tables.push_back(
      table("users", {{1, "id", "int4"}, {2, "name", "text"}}, {unique_index({1}), unique_index({2})}));
  schema.tables.push_back(table("chats", {{1, "id", "int4"}, {2, "user_id", "int4"}}, {unique_index({1})}));
  schema.tables.push_back(
      table("messages", {{1, "id", "int8"}, {2, "chat_id", "int4"}, {3, "user_id", "int4"}, {4, "text", "text"}},
            {unique_index({1})}));
  schema.tables.push_back(table("plans", {{1, "id", "int4"}}, {unique_index({1})}));
  schema.foreign_keys = {{1, 0, {2}, {1}}, {2, 1, {2}, {1}}};
  return schema;
}

}  // namespace

TEST_CASE("what grew is copied with what it refers to, parents first; references go to the copies") {
  const Schema schema = chat();
  const auto copies = plan_copies(schema, {2});
  REQUIRE(copies.size() == 3);
  CHECK(copies[0].table == 0);
  CHECK(copies[1].table == 1);
  CHECK(copies[2].table == 2);
  CHECK(copies[2].grew);
  CHECK_FALSE(copies[0].grew);
  CHECK(copies[0].shifted == std::set<int>{1, 2});
  CHECK(copies[1].shifted == std::set<int>{1, 2});
  CHECK(copies[2].shifted == std::set<int>{1, 2, 3});  // user_id by its name
  for (const TableCopy& copy : copies) CHECK(copy.skipped.empty());
  CHECK(
      copy_statement(schema.tables[2], copies[2], 3, 1000, 0, 64) ==
      "INSERT INTO public.messages (\"id\", \"chat_id\", \"user_id\", \"text\") OVERRIDING SYSTEM VALUE SELECT \"id\" "
      "+ 3000, \"chat_id\" + 3000, \"user_id\" + 3000, \"text\" FROM ONLY public.messages WHERE ctid >= "
      "'(0,0)'::tid AND ctid < '(64,0)'::tid AND xmin <> pg_current_xact_id()::xid");
}

TEST_CASE("keys of other types get other values too") {
  Schema schema;
  schema.tables.push_back(table("sessions", {{1, "token", "bytea"}, {2, "ref", "uuid"}, {3, "full", "text", true}},
                                {unique_index({1}), unique_index({2})}));
  const auto copies = plan_copies(schema, {0});
  CHECK(copy_statement(schema.tables[0], copies[0], 1, 10, 0, 1)
            .find("(\"token\", \"ref\") OVERRIDING SYSTEM VALUE SELECT sha256(\"token\" || '~1'::bytea), "
                  "md5(\"ref\"::text || '~1')::uuid FROM") != std::string::npos);
}

TEST_CASE("a pair that is unique by its reference needs nothing more") {
  Schema schema = chat();
  schema.tables.push_back(table("votes", {{1, "chat_id", "int4"}, {2, "place", "int2"}}, {unique_index({1, 2})}));
  const auto copies = plan_copies(schema, {4});
  REQUIRE(copies.size() == 3);
  CHECK(copies[2].shifted == std::set<int>{1});
  CHECK(copies[2].skipped.empty());
}

TEST_CASE("a table whose unique values are not known to be safe is skipped and says why") {
  Schema schema;
  schema.tables.push_back(table("days", {{1, "day", "date"}}, {unique_index({1})}));
  schema.tables.push_back(table("rooms", {{1, "id", "int4"}, {2, "during", "tstzrange"}},
                                {unique_index({1}), {.name = "no_overlap", .unique = true, .exclusion = true}}));
  const auto copies = plan_copies(schema, {0, 1});
  CHECK(copies[0].skipped == "no other values are known for the unique key");
  CHECK(copies[1].skipped == "no_overlap excludes rows by more than equality");
}

TEST_CASE("tables that refer to each other come to an end") {
  Schema schema = chat();
  schema.foreign_keys.push_back({0, 2, {1}, {1}});
  CHECK(plan_copies(schema, {2}).size() == 3);
}

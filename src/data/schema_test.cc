#include "data/schema.h"

#include <doctest/doctest.h>

using namespace pl::data;
using Words = std::vector<std::string>;

TEST_CASE("the columns of an index are read from its definition") {
  CHECK(index_columns("CREATE INDEX a ON public.chats USING btree (user_id, id DESC)") == Words{"user_id", "id DESC"});
  CHECK(index_columns("CREATE INDEX a ON public.m USING gin (text gin_trgm_ops) WITH (fastupdate='on')") ==
        Words{"text gin_trgm_ops"});
  CHECK(index_columns("CREATE UNIQUE INDEX \"a(b\" ON u USING btree (lower(name), (data ->> 'a,b'::text))") ==
        Words{"lower(name)", "(data ->> 'a,b'::text)"});
  CHECK(index_columns("CREATE INDEX a ON m USING btree (a) INCLUDE (b)") == Words{"a"});
  CHECK(index_columns("nonsense").empty());
}

TEST_CASE("the predicate of a partial index is read from its definition") {
  CHECK(index_predicate("CREATE INDEX a ON m USING btree (a) WHERE (role = 'user'::text)") == "(role = 'user'::text)");
  CHECK(index_predicate("CREATE INDEX a ON m USING btree (a)").empty());
}

TEST_CASE("an index serves a foreign key when it begins with its columns, in any order, for all rows") {
  Table table;
  table.indices = {{.name = "a", .method = "btree", .numbers = {2, 1, 3}},
                   {.name = "b", .method = "btree", .predicate = "x", .numbers = {4}},
                   {.name = "c", .method = "gin", .numbers = {5}}};
  CHECK(index_begins_with(table, {1, 2}));
  CHECK(index_begins_with(table, {2}));
  CHECK_FALSE(index_begins_with(table, {1}));
  CHECK_FALSE(index_begins_with(table, {4}));
  CHECK_FALSE(index_begins_with(table, {5}));
  CHECK_FALSE(index_begins_with(Table{}, {1}));
}

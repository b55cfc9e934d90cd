#include "data/condition.h"

#include <doctest/doctest.h>

#include "base/rng.h"

using namespace pl;
using data::Term;

namespace {

/// "equal m.a, range m.b".
std::string told(const std::vector<Term>& terms) {
  static constexpr const char* kKinds[] = {"equal", "range", "pattern"};
  std::string text;
  for (const Term& term : terms) {
    text += (text.empty() ? "" : ", ") + std::string(kKinds[static_cast<int>(term.kind)]) + " " + term.alias + "." +
            term.column;
  }
  return text;
}
std::string all(const char* text) { return told(data::read_condition(text).all); }
std::string either(const char* text) { return told(data::read_condition(text).either); }

}  // namespace

TEST_CASE("comparisons are read from a condition of a plan") {
  CHECK(all("(messages.text ~~* $1)") == "pattern messages.text");
  CHECK(all("(messages.chat_id = chats.id)") == "equal messages.chat_id");
  CHECK(all("((m.role = $6) AND (m.created_at > (now() - ($6)::interval)))") == "equal m.role, range m.created_at");
  CHECK(all("((u.name)::text = ANY ($1))") == "equal u.name");
  CHECK(all("($1 = u.name)") == "equal u.name");
  CHECK(all("(lower(u.name) = $1)") == "equal u.lower(name)");
  CHECK(all("((t.a + t.b) = $1)") == "equal t.(a + b)");
  CHECK(all("(\"order\".\"userId\" = $1)") == "equal order.userId");
}

TEST_CASE("what no index serves is left out") {
  CHECK(all("(m.a = m.b)").empty());
  CHECK(all("(m.deleted_at IS NULL)").empty());
  CHECK(all("(NOT m.deleted)").empty());
  CHECK(all("(m.a <> $1)").empty());
  CHECK(all("(NOT (hashed SubPlan 1))").empty());
  CHECK(all("((m.data ->> 'name'::text) = $1)").empty());
  CHECK(all("($1 = $2)").empty());
  CHECK(all("").empty());
}

TEST_CASE("alternatives are kept apart") {
  CHECK(all("((m.a = $1) OR (m.b = $2))").empty());
  CHECK(either("((m.a = $1) OR (m.b = $2))") == "equal m.a, equal m.b");
  CHECK(all("((m.c = $3) AND ((m.a = $1) OR (m.b = $2)))") == "equal m.c");
  CHECK(either("((m.c = $3) AND ((m.a = $1) OR (m.b = $2)))") == "equal m.a, equal m.b");
}

TEST_CASE("all columns are found, literals and functions are not") {
  const auto names = data::columns_of("((a.b = pg_catalog.lower(a.c)) AND (a.b ~ 'x.y') AND (\"D\".\"e f\" = 1.5))");
  REQUIRE(names.size() == 3);
  CHECK(names[0] == data::ColumnName{"a", "b"});
  CHECK(names[1] == data::ColumnName{"a", "c"});
  CHECK(names[2] == data::ColumnName{"D", "e f"});
}

TEST_CASE("any text is survived") {
  Rng rng(7);
  static constexpr std::string_view kBytes = "a.b ()=~'\"$1ANDOR:: <>\xc3";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::uint64_t i = rng.next() % 40; i > 0; --i) text += kBytes[rng.next() % kBytes.size()];
    (void)data::read_condition(text);
    (void)data::columns_of(text);
  }
  CHECK(true);
}

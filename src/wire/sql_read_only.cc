#include "wire/sql_read_only.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/text.h"
#include "wire/sql_tokens.h"

namespace pl::wire {
namespace {

using Kind = SqlToken::Kind;
using Tokens = std::span<const SqlToken>;

constexpr auto kQueries =
    std::to_array<std::string_view>({"select", "insert", "update", "delete", "merge", "values", "table", "with"});
constexpr auto kWrites = std::to_array<std::string_view>({"insert", "update", "delete", "merge"});
/// Words between CREATE, ALTER or DROP and the kind of the object.
constexpr auto kModifiers =
    std::to_array<std::string_view>({"or", "replace", "temp", "temporary", "unlogged", "global", "local", "unique",
                                     "recursive", "trusted", "procedural", "constraint", "default"});
/// Kinds of objects that have more than one word.
constexpr auto kLongKinds = std::to_array<std::string_view>(
    {"materialized view", "foreign table", "foreign data wrapper", "event trigger", "user mapping",
     "text search configuration", "text search parser", "text search dictionary", "text search template",
     "operator class", "operator family", "access method", "large object", "default privileges"});
/// Commands that are refused whole, by their first word.
constexpr auto kRefused = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"truncate", "TRUNCATE TABLE"},
    {"comment", "COMMENT"},
    {"security", "SECURITY LABEL"},
    {"reassign", "REASSIGN OWNED"},
    {"refresh", "REFRESH MATERIALIZED VIEW"},
    {"import", "IMPORT FOREIGN SCHEMA"},
});

constexpr std::size_t kOptionsBytes = 256;  ///< Of a statement, in which EXPLAIN's options stand.

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string word_at(Tokens tokens, std::size_t i) {
  return i < tokens.size() && tokens[i].kind == Kind::word ? lower(tokens[i].text) : std::string();
}

bool is(Tokens tokens, std::size_t i, std::string_view symbol) { return i < tokens.size() && tokens[i].is(symbol); }

/// The place of a word outside of parentheses, from a place on, or the number of tokens.
std::size_t find_word(Tokens tokens, std::string_view word, std::size_t from) {
  int depth = 0;
  for (std::size_t i = from; i < tokens.size(); ++i) {
    if (tokens[i].is("(")) ++depth;
    if (tokens[i].is(")")) --depth;
    if (depth == 0 && word_at(tokens, i) == word) return i;
  }
  return tokens.size();
}

/// Whether one of EXPLAIN's options in parentheses, of which `i` is the name, is on.
bool option_is_on(Tokens tokens, std::size_t i) {
  if (is(tokens, i + 1, ",") || is(tokens, i + 1, ")")) return true;
  const std::string value = i + 1 < tokens.size() ? lower(tokens[i + 1].text) : std::string();
  return value == "true" || value == "on" || value == "1" || value == "'true'" || value == "'on'";
}

/// What EXPLAIN carries out.
Tokens behind_explain(Tokens tokens) {
  bool runs = false;
  std::size_t i = 1;
  if (is(tokens, i, "(") && !one_of(kQueries, word_at(tokens, i + 1)) && !is(tokens, i + 1, "(")) {
    for (++i; i < tokens.size() && !tokens[i].is(")"); ++i) {
      const std::string word = word_at(tokens, i);
      if (word == "analyze" || word == "analyse") runs = option_is_on(tokens, i);
    }
    ++i;
  } else {
    for (; i < tokens.size(); ++i) {
      const std::string word = word_at(tokens, i);
      const bool analyze = word == "analyze" || word == "analyse";
      runs = runs || analyze;
      if (!analyze && word != "verbose") break;
    }
  }
  return runs && i < tokens.size() ? tokens.subspan(i) : Tokens();
}

/// The word of the main statement, behind the common table expressions.
std::string main_verb(Tokens tokens) {
  std::size_t i = 0;
  while (is(tokens, i, "(")) ++i;
  const std::string first = word_at(tokens, i);
  if (first != "with") return first;
  int depth = 0;
  for (++i; i < tokens.size(); ++i) {
    if (tokens[i].is("(")) ++depth;
    if (tokens[i].is(")")) --depth;
    const bool behind = depth == 0 && (tokens[i - 1].is(")") || tokens[i].is("("));
    const std::size_t at = tokens[i].is("(") ? i + 1 : i;
    if (behind && one_of(kQueries, word_at(tokens, at))) return word_at(tokens, at);
  }
  return "select";
}

/// The lock that FOR at a place asks for, or nothing.
std::string lock_at(Tokens tokens, std::size_t i) {
  const std::string one = word_at(tokens, i + 1), two = word_at(tokens, i + 2), three = word_at(tokens, i + 3);
  if (one == "update" || one == "share") return upper(one);
  if (one == "key" && two == "share") return "KEY SHARE";
  return one == "no" && two == "key" && three == "update" ? "NO KEY UPDATE" : "";
}

/// What a query that begins like a SELECT is refused for. `makes`: its INTO would make a table.
std::string refused_select(Tokens tokens, bool makes) {
  std::string lock, call;
  bool writes = false;
  int depth = 0;
  std::string before;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string word = word_at(tokens, i);
    if (tokens[i].is("(")) {
      ++depth;
      // A common table expression that writes.
      const bool inner = before == "as" || before == "materialized";
      if (inner) {
        const std::size_t with = word_at(tokens, i + 1) == "with" ? i + 1 : tokens.size();
        writes =
            writes || one_of(kWrites, with < tokens.size() ? main_verb(tokens.subspan(with)) : word_at(tokens, i + 1));
      }
    }
    if (tokens[i].is(")")) --depth;
    if (makes && depth == 0 && word == "into" && before != "as" && before != ".") return "SELECT INTO";
    if (lock.empty() && word == "for") lock = lock_at(tokens, i);
    const bool own = before == "." && word_at(tokens, i < 2 ? 0 : i - 2) != "pg_catalog";
    if (call.empty() && !own && (word == "nextval" || word == "setval") && is(tokens, i + 1, "(")) call = word + "()";
    before = tokens[i].kind == Kind::word ? word : std::string(tokens[i].text.substr(0, 1));
  }
  if (!lock.empty()) return "SELECT FOR " + lock;
  return writes ? "SELECT" : call;
}

std::string refused_query(Tokens tokens, bool makes) {
  const std::string verb = main_verb(tokens);
  return one_of(kWrites, verb) ? upper(verb) : refused_select(tokens, makes);
}

std::string refused_copy(Tokens tokens) {
  if (is(tokens, 1, "(")) return refused_query(tokens.subspan(2), false);
  return find_word(tokens, "from", 1) < find_word(tokens, "to", 1) ? "COPY FROM" : "";
}

/// The command of CREATE, ALTER and DROP, with the kind of the object.
std::string object_command(Tokens tokens) {
  const std::string first = word_at(tokens, 0);
  std::size_t i = 1;
  const bool privileges = word_at(tokens, 1) == "default" && word_at(tokens, 2) == "privileges";
  while (!privileges && one_of(kModifiers, word_at(tokens, i))) ++i;
  std::string kind = word_at(tokens, i);
  std::string words = kind;
  for (std::size_t more = 1; more < 3; ++more) {
    words += " " + word_at(tokens, i + more);
    if (one_of(kLongKinds, words)) kind = words;
  }
  if (kind == "user" || kind == "group") kind = "role";
  if (first == "alter" && kind == "system") return "";
  const bool fills = first == "create" && kind == "table" && find_word(tokens, "as", i) < tokens.size();
  return upper(first + (kind.empty() ? "" : " " + kind) + (fills ? " as" : ""));
}

std::string refused(Tokens tokens) {
  if (word_at(tokens, 0) == "explain") {
    const Tokens rest = behind_explain(tokens);
    // What it makes a table of is carried out, but no table is made.
    const bool query = is(rest, 0, "(") || one_of(kQueries, word_at(rest, 0));
    if (query) return refused_query(rest, false);
    return word_at(rest, 0) == "declare" ? refused(rest) : "";
  }
  const std::string first = word_at(tokens, 0);
  if (is(tokens, 0, "(") || one_of(kQueries, first)) return refused_query(tokens, true);
  if (first == "declare") {
    const std::size_t query = find_word(tokens, "for", 1);
    return query < tokens.size() ? refused_query(tokens.subspan(query + 1), false) : "";
  }
  if (first == "copy") return refused_copy(tokens);
  if (first == "create" || first == "alter" || first == "drop") return object_command(tokens);
  if (first == "grant" || first == "revoke") {
    return upper(first) + (find_word(tokens, "on", 1) < tokens.size() ? "" : " ROLE");
  }
  const auto found = std::ranges::find(kRefused, std::string_view(first), [](const auto& row) { return row.first; });
  return found == kRefused.end() ? "" : std::string(found->second);
}

}  // namespace

std::string sql_refused_read_only(std::string_view statement) {
  std::vector<SqlToken> tokens;
  sql_tokens(statement, tokens);  // what could be read before something that could not is enough
  const Tokens all(tokens);
  for (std::size_t begin = 0; begin < all.size();) {
    const auto end = std::ranges::find_if(all.subspan(begin), [](const SqlToken& one) { return one.is(";"); });
    const auto size = static_cast<std::size_t>(end - all.subspan(begin).begin());
    if (std::string command = refused(all.subspan(begin, size)); !command.empty()) return command;
    begin += size + 1;
  }
  return "";
}

std::string_view sql_carried_out(std::string_view statement) {
  std::vector<SqlToken> tokens;
  sql_tokens(statement.substr(0, kOptionsBytes), tokens);
  if (word_at(tokens, 0) != "explain") return statement;
  const Tokens rest = behind_explain(tokens);
  return rest.empty() ? std::string_view()
                      : statement.substr(static_cast<std::size_t>(rest[0].text.data() - statement.data()));
}

}  // namespace pl::wire

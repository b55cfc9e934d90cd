#include <algorithm>
#include <vector>

#include "base/text.h"
#include "proxy/faults/postgres.h"
#include "wire/sql_tokens.h"

namespace pl::proxy::faults {
namespace {

using Token = wire::SqlToken;
using Tokens = std::vector<Token>;
using Kind = Token::Kind;

constexpr unsigned kSelect = 1, kInsert = 2, kUpdate = 4, kDelete = 8, kRead = 16, kWrite = 32, kTransaction = 64,
                   kDdl = 128;

struct ClassRow {
  std::string_view name;
  unsigned classes;
};
constexpr ClassRow kClasses[] = {
    {"", 0},
    {"any", 0},
    {"select", kSelect},
    {"insert", kInsert},
    {"update", kUpdate},
    {"delete", kDelete},
    {"read", kRead},
    {"write", kWrite},
    {"transaction", kTransaction},
    {"ddl", kDdl},
};

/// Classes by the word a statement begins with.
constexpr ClassRow kVerbs[] = {
    {"select", kSelect | kRead},
    {"values", kSelect | kRead},
    {"table", kSelect | kRead},
    {"insert", kInsert | kWrite},
    {"update", kUpdate | kWrite},
    {"delete", kDelete | kWrite},
    {"merge", kInsert | kUpdate | kDelete | kWrite},
    {"begin", kTransaction},
    {"start", kTransaction},
    {"commit", kTransaction},
    {"end", kTransaction},
    {"rollback", kTransaction},
    {"abort", kTransaction},
    {"savepoint", kTransaction},
    {"release", kTransaction},
    {"create", kDdl | kWrite},
    {"alter", kDdl | kWrite},
    {"drop", kDdl | kWrite},
    {"truncate", kDdl | kWrite},
    {"grant", kDdl | kWrite},
    {"revoke", kDdl | kWrite},
    {"comment", kDdl | kWrite},
    {"reindex", kDdl | kWrite},
};

/// Words that a table's name follows.
constexpr std::string_view kBeforeTable[] = {"from", "join", "into", "update", "table", "truncate", "copy", "using"};
/// Words between such a word and the name.
constexpr std::string_view kNoise[] = {"only", "lateral", "if", "not", "exists", "table"};
/// Words that end a list of tables with their aliases.
constexpr std::string_view kAfterTable[] = {"where", "set", "on", "values", "select", "group", "order", "returning"};

template <std::size_t N>
bool one_of(const std::string_view (&words)[N], std::string_view word) {
  return std::ranges::find(words, word) != std::end(words);
}

/// A key word in lower case; empty for what is no word.
std::string word(const Token& token) { return token.kind == Kind::word ? lower(token.text) : std::string(); }

/// A name as PostgreSQL folds it: 4.1.1 "Identifiers and Key Words".
std::string name(const Token& token) {
  if (token.kind == Kind::word) return lower(token.text);
  if (token.kind != Kind::quoted || token.text.size() < 2 || token.text.front() != '"') return {};
  return std::string(token.text.substr(1, token.text.size() - 2));
}

/// The statements of a text.
std::vector<Tokens> statements_of(std::string_view text) {
  Tokens tokens;
  wire::sql_tokens(text, tokens);  // of a text that was cut, what stands before the cut
  std::vector<Tokens> statements(1);
  for (const Token& token : tokens) {
    if (!token.is(";")) {
      statements.back().push_back(token);
    } else if (!statements.back().empty()) {
      statements.emplace_back();
    }
  }
  if (statements.back().empty()) statements.pop_back();
  return statements;
}

unsigned classes_of(const Tokens& tokens) {
  const auto begin = std::ranges::find_if(tokens, [](const Token& one) { return !one.is("("); });
  if (begin == tokens.end()) return 0;
  const std::string first = word(*begin);
  const auto has = [&](std::string_view wanted) {
    return std::any_of(begin, tokens.end(), [&](const Token& one) { return word(one) == wanted; });
  };
  if (first == "copy") return has("from") ? kInsert | kWrite : kRead;
  if (first == "prepare") return tokens.size() > 1 && word(tokens[1]) == "transaction" ? kTransaction : 0;
  if (first == "with") {
    unsigned classes = 0;
    for (const std::string_view verb : {"insert", "update", "delete", "merge"}) {
      if (has(verb)) classes |= std::ranges::find(kVerbs, verb, &ClassRow::name)->classes;
    }
    return classes != 0 ? classes : kSelect | kRead;
  }
  if (first == "select" && has("into")) return kDdl | kWrite;
  const auto found = std::ranges::find(kVerbs, first, &ClassRow::name);
  return found == std::end(kVerbs) ? 0 : found->classes;
}

/// Reads a name with its schema at `i`, and compares it; leaves `i` behind it.
bool is_table(const Tokens& tokens, std::size_t& i, std::string_view table) {
  std::string whole, last;
  while (i < tokens.size() && !name(tokens[i]).empty()) {
    last = name(tokens[i++]);
    whole += (whole.empty() ? "" : ".") + last;
    if (i + 1 >= tokens.size() || !tokens[i].is(".")) break;
    ++i;
  }
  return table.find('.') == table.npos ? last == table : whole == table;
}

/// Whether the last part of a table's name is anywhere in a text, in capitals or not: most texts need no closer look.
bool mentions(std::string_view text, std::string_view table) {
  const std::string_view last = table.substr(table.rfind('.') + 1);
  const auto folded = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return last.empty() || !std::ranges::search(text, last, {}, folded, folded).empty();
}

/// Whether a table of that name stands where tables do: behind FROM, JOIN, INTO and their like, and behind a comma in
/// such a list.
bool names_table(const Tokens& tokens, std::string_view table) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!one_of(kBeforeTable, word(tokens[i]))) continue;
    std::size_t at = i + 1;
    for (;;) {
      while (at < tokens.size() && one_of(kNoise, word(tokens[at]))) ++at;
      if (is_table(tokens, at, table)) return true;
      // An alias, and a comma before the next table.
      while (at < tokens.size() && !name(tokens[at]).empty() && !one_of(kAfterTable, word(tokens[at])) &&
             !one_of(kBeforeTable, word(tokens[at]))) {
        ++at;
      }
      if (at >= tokens.size() || !tokens[at].is(",")) break;
      ++at;
    }
  }
  return false;
}

}  // namespace

PostgresMatch::PostgresMatch(const Values& values) : table_(values.text("table")) {
  const std::string& asked = values.text("statement");
  const bool read_only = asked.empty() && values.has("sqlstate") && values.text("sqlstate") == "25006";
  const auto found = std::ranges::find(kClasses, read_only ? "write" : lower(asked), &ClassRow::name);
  if (found != std::end(kClasses)) classes_ = found->classes;
}

bool PostgresMatch::matches(const PgStatement& statement) const {
  if (classes_ == 0 && table_.empty()) return true;
  if (!statement.known || !mentions(statement.text, table_)) return false;
  return std::ranges::any_of(statements_of(statement.text), [&](const Tokens& one) {
    if (classes_ != 0 && (classes_of(one) & classes_) == 0) return false;
    return table_.empty() || names_table(one, table_);
  });
}

bool pg_writes(std::string_view statement) {
  return std::ranges::any_of(statements_of(statement),
                             [](const Tokens& one) { return (classes_of(one) & kWrite) != 0; });
}

Result<void> check_postgres(const Values& values) {
  if (values.has("statement")) {
    const std::string asked = lower(values.text("statement"));
    if (std::ranges::find(kClasses, asked, &ClassRow::name) == std::end(kClasses)) {
      return fail(Errc::config,
                  "statement must be any, select, insert, update, delete, read, write, transaction or "
                  "ddl, not \"" +
                      asked + "\"");
    }
  }
  if (!values.has("sqlstate")) return {};
  const std::string& state = values.text("sqlstate");
  const bool good = state.size() == 5 &&
                    std::ranges::all_of(state, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  if (good) return {};
  return fail(Errc::config, "sqlstate must be five characters of A-Z and 0-9, not \"" + state + "\"");
}

std::string pg_usual_message(std::string_view sqlstate, std::string_view statement) {
  static constexpr std::pair<std::string_view, std::string_view> kMessages[] = {
      {"53300", "sorry, too many clients already"},
      {"57P01", "terminating connection due to administrator command"},
      {"57P02", "terminating connection because of crash of another server process"},
      {"57P03", "the database system is starting up"},
      {"40001", "could not serialize access due to concurrent update"},
      {"40P01", "deadlock detected"},
      {"57014", "canceling statement due to statement timeout"},
      {"08006", "connection failure"},
  };
  if (sqlstate == "25006") {
    const std::string verb = pg_first_word(statement);
    return "cannot execute " + (verb.empty() ? "statement" : verb) + " in a read-only transaction";
  }
  for (const auto& [state, message] : kMessages) {
    if (state == sqlstate) return std::string(message);
  }
  return "injected";
}

bool pg_is_fatal(std::string_view sqlstate) {
  return sqlstate == "53300" || sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" ||
         sqlstate.starts_with("08");
}

}  // namespace pl::proxy::faults

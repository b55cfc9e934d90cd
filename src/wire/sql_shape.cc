#include "wire/sql_shape.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/sha256.h"
#include "base/text.h"
#include "wire/sql_tokens.h"

namespace pl::wire {
namespace {

using Kind = SqlToken::Kind;
using Tokens = std::vector<SqlToken>;

constexpr std::size_t kFingerprint = 16;

constexpr auto kKinds = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"select", "select"},     {"insert", "insert"},         {"update", "update"},       {"delete", "delete"},
    {"merge", "merge"},       {"values", "select"},         {"table", "select"},        {"begin", "transaction"},
    {"start", "transaction"}, {"commit", "transaction"},    {"end", "transaction"},     {"rollback", "transaction"},
    {"abort", "transaction"}, {"savepoint", "transaction"}, {"release", "transaction"}, {"set", "session"},
    {"reset", "session"},     {"show", "session"},          {"discard", "session"},     {"deallocate", "session"},
    {"listen", "session"},    {"unlisten", "session"},      {"notify", "session"},      {"create", "schema"},
    {"alter", "schema"},      {"drop", "schema"},           {"truncate", "schema"},     {"grant", "schema"},
    {"revoke", "schema"},     {"comment", "schema"},        {"copy", "copy"},           {"vacuum", "schema"},
    {"analyze", "schema"},    {"reindex", "schema"},
});
constexpr auto kVerbs = std::to_array<std::string_view>({"select", "insert", "update", "delete", "merge"});
constexpr auto kAggregates = std::to_array<std::string_view>({"count",
                                                              "sum",
                                                              "min",
                                                              "max",
                                                              "avg",
                                                              "bool_and",
                                                              "bool_or",
                                                              "every",
                                                              "array_agg",
                                                              "stddev",
                                                              "json_agg",
                                                              "jsonb_agg",
                                                              "string_agg",
                                                              "variance",
                                                              "bit_or",
                                                              "bit_and",
                                                              "corr",
                                                              "json_object_agg",
                                                              "jsonb_object_agg",
                                                              "percentile_cont",
                                                              "percentile_disc"});
/// Words before a parenthesis that is no call's.
constexpr auto kBeforeParenthesis = std::to_array<std::string_view>(
    {"in",     "values", "and",    "or",     "not",     "as",      "on",        "using",        "from", "join",
     "where",  "select", "exists", "any",    "all",     "some",    "over",      "returning",    "set",  "by",
     "then",   "else",   "when",   "with",   "union",   "except",  "intersect", "materialized", "case", "having",
     "filter", "within", "limit",  "offset", "lateral", "between", "distinct",  "copy"});
/// Words before a parenthesis whose rows the statement reads.
constexpr auto kTables = std::to_array<std::string_view>({"from", "join", "lateral", "as", "materialized"});

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// The place behind the parenthesis or bracket that opens at `open`, or the end.
std::size_t behind(const Tokens& tokens, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (tokens[i].is("(") || tokens[i].is("[")) ++depth;
    if (tokens[i].is(")") || tokens[i].is("]")) --depth;
    if (depth == 0) return i + 1;
  }
  return tokens.size();
}

bool is_value(const SqlToken& token) { return token.kind == Kind::constant || token.kind == Kind::parameter; }

/// Whether nothing but values stands between the parentheses.
bool only_values(const Tokens& tokens, std::size_t open, std::size_t end) {
  return end - open > 2 && std::all_of(tokens.begin() + static_cast<std::ptrdiff_t>(open) + 1,
                                       tokens.begin() + static_cast<std::ptrdiff_t>(end) - 1, [](const SqlToken& one) {
                                         return is_value(one) || one.is(",") || one.is("-") || one.is("(") ||
                                                one.is(")");
                                       });
}

/// Writes the normalised text.
class Writer {
 public:
  explicit Writer(const Tokens& tokens) : tokens_(tokens) {}

  std::string write() {
    for (std::size_t i = 0; i < tokens_.size();) i = write_at(i);
    return std::move(out_);
  }

 private:
  std::size_t write_at(std::size_t i) {
    const SqlToken& token = tokens_[i];
    if (token.is("(") || token.is("[")) {
      const std::size_t end = behind(tokens_, i);
      const bool rows = last_ == "values";
      if ((rows || last_ == "in" || last_ == "array") && only_values(tokens_, i, end)) {
        put(token.text, last_ == "array" ? "" : " ");
        out_ += token.is("(") ? "...)" : "...]";
        last_ = ")";
        return rows ? skip_rows(end) : end;
      }
      put(token.text, before_parenthesis());
      if (!rows) return i + 1;
      for (std::size_t k = i + 1; k < end;) k = write_at(k);
      return skip_rows(end);
    }
    if (token.kind == Kind::constant) {
      const bool again = last_ == "?";
      if (sign(i)) out_.resize(out_.size() - 1);
      if (!again) put("?", glued() || sign(i) ? "" : " ");
      return i + 1;
    }
    const bool tight = token.is(",") || token.is(")") || token.is("]") || token.is(";") || token.is(".") ||
                       token.is("::") || token.is(":");
    put(token.kind == Kind::word ? lower(token.text) : std::string(token.text), tight || glued() ? "" : " ");
    last_is_name_ = token.kind == Kind::word || token.kind == Kind::quoted;
    return i + 1;
  }

  /// Further rows of VALUES say nothing new.
  std::size_t skip_rows(std::size_t i) {
    bool more = false;
    while (i + 1 < tokens_.size() && tokens_[i].is(",") && tokens_[i + 1].is("(")) {
      i = behind(tokens_, i + 1);
      more = true;
    }
    if (more) out_ += ", ...";
    return i;
  }

  /// A minus that belongs to the number behind it.
  bool sign(std::size_t i) const {
    if (i < 2 || !tokens_[i - 1].is("-") || last_ != "-") return false;
    const SqlToken& before = tokens_[i - 2];
    return before.kind == Kind::symbol && !before.is(")") && !before.is("]");
  }

  bool glued() const { return out_.empty() || last_ == "(" || last_ == "[" || last_ == "." || last_ == "::"; }

  std::string_view before_parenthesis() const {
    if (glued()) return "";
    return last_is_name_ && !one_of(kBeforeParenthesis, last_) ? "" : " ";
  }

  void put(std::string_view text, std::string_view space) {
    if (!out_.empty()) out_ += space;
    out_ += text;
    last_ = text;
    last_is_name_ = false;
  }

  const Tokens& tokens_;
  std::string out_, last_;
  bool last_is_name_ = false;
};

/// What the words of a statement say, at which depth of parentheses.
class Reader {
 public:
  explicit Reader(const Tokens& tokens) : tokens_(tokens) {}

  void read(SqlShape& shape) {
    std::string before;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const SqlToken& token = tokens_[i];
      const std::string word = token.kind == Kind::word ? lower(token.text) : std::string(token.text.substr(0, 2));
      if (token.is("(")) {
        open_.push_back({.reads = one_of(kTables, before)});
      } else if (token.is(")")) {
        if (!open_.empty()) open_.pop_back();
      } else if (token.is(";")) {
        several_ = several_ || i + 1 < tokens_.size();
      } else if (token.kind == Kind::word) {
        on_word(word, before, i, shape);
      }
      before = word;
    }
    shape.kind = several_ ? "several" : kind();
    shape.aggregate = aggregate_ && !grouped_ && shape.kind == "select";
  }

 private:
  /// An open parenthesis.
  struct Open {
    bool reads = false;  ///< The statement reads rows from what is in it.
    bool query = false;  ///< It is a statement of its own.
  };

  void on_word(const std::string& word, const std::string& before, std::size_t i, SqlShape& shape) {
    const bool main = open_.empty();
    if (i == 0) first_ = word;
    if (!main && before == "(" && (word == "select" || word == "with")) open_.back().query = true;
    if (in_list_ && one_of(kAggregates, word) && std::ranges::none_of(open_, &Open::query)) {
      aggregate_ = aggregate_ || is_aggregate(i + 1);
    }
    if (main && verb_.empty() && one_of(kVerbs, word)) verb_ = word;
    if (!main && before == "(" && one_of(kVerbs, word) && word != "select") writes_ = word;
    if ((word == "limit" && next(i) != "all" && next(i) != "null") || (word == "fetch" && bounds(next(i)))) {
      shape.limited = shape.limited || std::ranges::all_of(open_, &Open::reads);
    }
    if (!main) return;
    if (word == "select") in_list_ = true;
    if (word == "from" || word == "into") in_list_ = false;
    if (word == "into" && verb_ == "select") makes_table_ = true;
    if (word == "group" || word == "union" || word == "intersect" || word == "except") grouped_ = true;
  }

  static bool bounds(const std::string& word) { return word == "first" || word == "next"; }

  std::string next(std::size_t i) const { return i + 1 < tokens_.size() ? lower(tokens_[i + 1].text) : ""; }

  /// A call that no OVER turns into a window function.
  bool is_aggregate(std::size_t open) const {
    if (open >= tokens_.size() || !tokens_[open].is("(")) return false;
    std::size_t end = behind(tokens_, open);
    if (end + 1 < tokens_.size() && next(end - 1) == "filter") end = behind(tokens_, end + 1);
    return end >= tokens_.size() || lower(tokens_[end].text) != "over";
  }

  std::string_view kind() const {
    if (makes_table_) return "schema";
    const std::string& word = first_ != "with" ? first_ : !writes_.empty() ? writes_ : verb_;
    for (const auto& [begins, kind] : kKinds) {
      if (begins == word) return kind;
    }
    return "other";
  }

  const Tokens& tokens_;
  std::vector<Open> open_;
  std::string first_, verb_, writes_;
  bool several_ = false, in_list_ = false, grouped_ = false, aggregate_ = false, makes_table_ = false;
};

}  // namespace

SqlShape sql_shape(std::string_view statement, bool cut) {
  SqlShape shape;
  Tokens tokens;
  if (cut || !sql_tokens(statement, tokens)) return shape;
  while (!tokens.empty() && tokens.back().is(";")) tokens.pop_back();
  if (tokens.empty()) return shape;
  Reader(tokens).read(shape);
  shape.text = Writer(tokens).write();
  shape.fingerprint = to_hex(sha256(shape.text)).substr(0, kFingerprint);
  if (shape.text.size() > limits::kStatementBytes) {
    shape.text = std::string(beginning(shape.text, limits::kStatementBytes)) + " ...";
  }
  return shape;
}

}  // namespace pl::wire

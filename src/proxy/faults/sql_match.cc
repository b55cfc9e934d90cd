#include "proxy/faults/sql_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "wire/sql_read_only.h"
#include "wire/sql_tokens.h"

namespace pl::proxy::faults {
namespace {

using Kind = wire::SqlToken::Kind;

/// The classes, and which statements are of them.
struct ClassRow {
  std::string_view name;
  bool (*holds)(const SqlWords& words);
};
constexpr ClassRow kClasses[] = {
    {"select", [](const SqlWords& words) { return words.select; }},
    {"insert", [](const SqlWords& words) { return words.insert; }},
    {"update", [](const SqlWords& words) { return words.update; }},
    {"delete", [](const SqlWords& words) { return words.remove; }},
    {"read", [](const SqlWords& words) { return words.select && !words.write && !words.ddl; }},
    {"write", [](const SqlWords& words) { return words.write; }},
    {"transaction", [](const SqlWords& words) { return words.transaction; }},
    {"ddl", [](const SqlWords& words) { return words.ddl; }},
};

constexpr auto kDdl =
    std::to_array<std::string_view>({"create", "alter", "drop", "truncate", "rename", "grant", "revoke", "comment",
                                     "vacuum", "analyze", "reindex", "cluster", "refresh", "optimize"});
constexpr auto kEnds = std::to_array<std::string_view>({"commit", "rollback", "end", "abort"});
constexpr auto kVerbs = std::to_array<std::string_view>({"select", "insert", "update", "delete", "merge", "replace"});
/// Words behind which a table's name comes.
constexpr auto kBeforeTable =
    std::to_array<std::string_view>({"from", "join", "into", "update", "table", "tables", "truncate", "copy", "using",
                                     "replace", "straight_join", "references"});
/// The same where the statement begins with them.
constexpr auto kFirstBeforeTable =
    std::to_array<std::string_view>({"lock", "analyze", "vacuum", "cluster", "desc", "describe", "handler"});
/// Behind these a name with a parenthesis behind it is a function's.
constexpr auto kBeforeFunction = std::to_array<std::string_view>({"from", "join", "straight_join", "lateral", ","});
/// Words that may stand between such a word and the name.
constexpr auto kBetween =
    std::to_array<std::string_view>({"only",  "ignore", "low_priority", "high_priority", "delayed",
                                     "quick", "if",     "not",          "exists",        "lateral",
                                     "table", "tables", "into",         "from",          "concurrently",
                                     "full",  "freeze", "verbose",      "analyze",       "no_write_to_binlog",
                                     "local"});
/// `update` behind one of these is no statement: FOR UPDATE, ON UPDATE, DO UPDATE, ON DUPLICATE KEY UPDATE.
constexpr auto kNoUpdate = std::to_array<std::string_view>({"for", "on", "do", "key", "or", "before", "after"});
/// Words that end a list of tables.
constexpr auto kBehindTables = std::to_array<std::string_view>({"where", "set", "group", "order", "having", "limit",
                                                                "union", "except", "intersect", "values", "returning",
                                                                "select", "offset", "for", "window", "fetch", "with"});
constexpr std::size_t kTables = 64;  ///< Names of one statement that are looked at.

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// The name as it is compared: without quotes, lower case.
std::string name_of(const wire::SqlToken& token) {
  std::string_view text = token.text;
  if (token.kind == Kind::quoted && text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  return lower(text);
}

class Reader {
 public:
  explicit Reader(const std::vector<wire::SqlToken>& tokens) : tokens_(tokens) {}

  SqlWords read() && {
    levels_.emplace_back();
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      const wire::SqlToken& token = tokens_[at_];
      if (token.kind == Kind::symbol) {
        on_symbol(token);
      } else if (token.kind == Kind::word || token.kind == Kind::quoted) {
        on_name(token);
      } else {
        expects_ = false;
        before_.clear();
      }
    }
    return std::move(words_);
  }

 private:
  /// What stands within one pair of parentheses, or within none.
  struct Level {
    bool list = false;   ///< A comma separates tables.
    bool query = false;  ///< A statement stands here, of which FROM and USING are parts; not a function's arguments.
  };

  bool outermost() const { return levels_.size() == 1; }

  void on_symbol(const wire::SqlToken& token) {
    if (token.is("(")) {
      // JOIN t USING (a, b), and VACUUM (FULL) t.
      if (before_ == "using" || options()) expects_ = false;
      levels_.push_back({expects_, false});
    } else if (token.is(")")) {
      if (!outermost()) levels_.pop_back();
      expects_ = outermost() && words_.tables.empty() && one_of(kFirstBeforeTable, first_);
    } else if (token.is(";")) {
      levels_.assign(1, {});
      first_.clear();
      main_.clear();
      ctes_.clear();
      next_cte_.clear();
      recursive_ = false;
      expects_ = false;
    } else {
      expects_ = token.is(",") && levels_.back().list;
    }
    before_ = token.text;
  }

  bool options() const { return outermost() && before_ == first_ && one_of(kFirstBeforeTable, first_); }

  void on_name(const wire::SqlToken& token) {
    const std::string name = name_of(token);
    note_common_table(name);
    if (token.kind == Kind::word && (on_word(name) || (expects_ && one_of(kBetween, name)))) {
      before_ = name;
      return;
    }
    if (std::exchange(expects_, false)) take_table(name);
    before_ = name;
  }

  /// WITH a AS (...), b AS (...): the names are no tables, from the parenthesis' end on or, if RECURSIVE, at once.
  void note_common_table(const std::string& name) {
    if (first_ != "with" || !outermost() || !main_.empty() || (name == "as" && before_ == ")")) return;
    if (name == "recursive") recursive_ = true;
    if (before_ != "with" && before_ != "recursive" && before_ != ")" && before_ != ",") return;
    if (!next_cte_.empty()) ctes_.push_back(std::exchange(next_cte_, ""));
    if (before_ == ")" || name == "recursive") return;
    (recursive_ ? ctes_.emplace_back() : next_cte_) = name;
  }

  /// Whether it is a key word that matters here.
  bool on_word(const std::string& word) {
    const bool first = first_.empty();
    if (first) begin(word);
    const bool verb = one_of(kVerbs, word) && (first || before_ == "(" || behind_with()) && first_ != "explain";
    if (verb) on_verb(word);
    if (word == "into" && makes_table()) words_.ddl = true;
    if (one_of(kBehindTables, word)) {
      levels_.back().list = expects_ = false;
      levels_.back().query = levels_.back().query || word == "select";
      return true;
    }
    if (!is_before_table(word, first, verb)) return verb;
    expects_ = true;
    levels_.back().list = word != "into" && word != "copy" && word != "insert" && word != "references";
    return true;
  }

  bool is_before_table(const std::string& word, bool first, bool verb) const {
    if (word == "insert") return verb;  // MySQL's INSERT t
    if (word == "on" || word == "view") return words_.ddl;
    if (first && one_of(kFirstBeforeTable, word)) return true;
    if (word == "replace" && !verb) return false;
    if (word == "update" && one_of(kNoUpdate, before_)) return false;
    const bool part = word == "from" || word == "using";
    if (part && !outermost() && !levels_.back().query) return false;  // extract(year from a), convert(a using utf8)
    if (part && (before_ == "distinct" || (first_ == "copy" && outermost()))) return false;
    if (word == "using" && words_.ddl) return false;
    return one_of(kBeforeTable, word);
  }

  /// SELECT INTO, that is; not MySQL's, into a file or variables.
  bool makes_table() const {
    if (main_ != "select" || !outermost() || before_ == "as" || before_ == "." || at_ + 1 >= tokens_.size()) {
      return false;
    }
    const wire::SqlToken& next = tokens_[at_ + 1];
    const std::string word = name_of(next);
    return (next.kind == Kind::word || next.kind == Kind::quoted) && word != "outfile" && word != "dumpfile";
  }

  /// The main statement of one that begins with WITH stands behind a closing parenthesis.
  bool behind_with() const { return first_ == "with" && outermost() && before_ == ")"; }

  /// The first word of a statement.
  void begin(const std::string& word) {
    first_ = word;
    const std::string next = at_ + 1 < tokens_.size() ? name_of(tokens_[at_ + 1]) : "";
    const std::string third = at_ + 2 < tokens_.size() ? name_of(tokens_[at_ + 2]) : "";
    const bool begins = word == "begin" || (word == "start" && next == "transaction");
    const bool to = word == "rollback" && (next == "to" || third == "to");
    const bool ends = one_of(kEnds, word) && !to;
    if (begins) {
      words_.begins = true;
      words_.ends = false;
    }
    if (ends) words_.ends = true;
    words_.transaction = words_.transaction || begins || one_of(kEnds, word) || word == "savepoint" ||
                         word == "release" || (word == "prepare" && next == "transaction") || word == "xa";
    words_.ddl = words_.ddl || one_of(kDdl, word);
    words_.select = words_.select || word == "values" || word == "table";
    words_.write = words_.write || word == "load" || (word == "copy" && copies_in());
  }

  /// COPY t FROM, not COPY t TO.
  bool copies_in() const {
    for (std::size_t i = at_ + 1; i < tokens_.size() && !tokens_[i].is(";"); ++i) {
      if (tokens_[i].kind == Kind::word && lower(tokens_[i].text) == "from") return true;
      if (tokens_[i].kind == Kind::word && lower(tokens_[i].text) == "to") return false;
      if (tokens_[i].is("(") && i == at_ + 1) return false;  // of a query
    }
    return false;
  }

  void on_verb(const std::string& word) {
    if (outermost()) main_ = word;
    levels_.back().query = true;
    if (word == "select") {
      words_.select = words_.select || first_ == "select" || first_ == "(" || first_ == "with";
      return;
    }
    words_.insert = words_.insert || word == "insert" || word == "replace";
    words_.update = words_.update || word == "update";
    words_.remove = words_.remove || word == "delete";
    words_.write = true;
  }

  void take_table(std::string name) {
    const bool may_call = one_of(kBeforeFunction, before_) && !one_of(kFirstBeforeTable, first_);
    while (at_ + 2 < tokens_.size() && tokens_[at_ + 1].is(".")) {
      at_ += 2;
      name += "." + name_of(tokens_[at_]);
    }
    if (may_call && at_ + 1 < tokens_.size() && tokens_[at_ + 1].is("(")) return;
    if (std::ranges::find(ctes_, name) != ctes_.end()) return;
    if (words_.tables.size() < kTables) words_.tables.push_back(std::move(name));
  }

  const std::vector<wire::SqlToken>& tokens_;
  std::size_t at_ = 0;
  SqlWords words_;
  std::vector<Level> levels_;
  std::string first_, before_;
  std::string main_;               ///< The statement's verb, behind WITH too.
  std::vector<std::string> ctes_;  ///< Names of the statement's common table expressions.
  std::string next_cte_;           ///< The one that is being written.
  bool recursive_ = false;
  bool expects_ = false;  ///< The next name is a table's.
};

/// The place behind a string or name of MySQL that opens at `at`.
std::size_t behind_quotes(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  for (; at < text.size(); ++at) {
    if (text[at] == '\\' && quote != '`') {
      ++at;
    } else if (text[at] == quote) {
      if (at + 1 >= text.size() || text[at + 1] != quote) return at + 1;
      ++at;
    }
  }
  return text.size();
}

/// Of a comment that MySQL runs, where one opens here: what stands before the text. A version of nines is none's.
std::size_t behind_opening(std::string_view rest) {
  if (!rest.starts_with("/*!") && !rest.starts_with("/*M!")) return 0;
  const std::size_t from = rest.find('!') + 1;
  const std::string_view digits = rest.substr(from, rest.find_first_not_of("0123456789", from) - from);
  const bool never = digits.size() > 4 && digits.find_first_not_of('9') == digits.npos;
  return never ? 0 : from + digits.size();
}

bool in_name(std::string_view before) {
  if (before.empty()) return false;
  const auto last = static_cast<unsigned char>(before.back());
  return std::isalnum(last) != 0 || last == '_' || last == '$' || last >= 0x80;
}

bool is_line_comment(std::string_view rest) {
  return rest.starts_with('#') || (rest.starts_with("--") && (rest.size() == 2 || rest[2] <= ' '));
}

}  // namespace

SqlWords sql_words(std::string_view statement) {
  std::vector<wire::SqlToken> tokens;
  const std::string_view carried_out = wire::sql_carried_out(statement);
  if (!carried_out.empty()) statement = carried_out;
  wire::sql_tokens(statement, tokens);  // what could be read before something that could not is enough
  return Reader(tokens).read();
}

std::string from_mysql(std::string_view text) {
  std::string out;
  bool runs = false;  // within a comment that MySQL runs
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const std::size_t end =
        rest.front() == '\'' || rest.front() == '"' || rest.front() == '`' ? behind_quotes(text, at) - at : 0;
    if (end > 0 && rest.front() == '`') {
      const std::string_view name = rest.substr(1, end >= 2 ? end - 2 : 0);
      const bool plain = name.find_first_of("\"'") == name.npos;
      out += plain ? "\"" + std::string(name) + "\"" : std::string("\"?\"");
    } else if (end > 0) {
      out += "''";
    } else if (const std::size_t opening = behind_opening(rest); opening > 0) {
      at += opening;
      out += ' ';
      runs = true;
      continue;
    } else if (runs && rest.starts_with("*/")) {
      at += 2;
      runs = false;
      continue;
    } else if (rest.starts_with("/*")) {
      at += std::min(rest.find("*/", 2), rest.size() - 2) + 2;
      out += ' ';
      continue;
    } else if (is_line_comment(rest)) {
      at += std::min(rest.find('\n'), rest.size());
      continue;
    } else if (rest.front() == '$' && !in_name(out)) {
      const std::size_t name = std::min(rest.find_first_of(" \t\r\n.,;()=+-*/<>'\"`"), rest.size());
      out += fmt::format("\"{}\"", rest.substr(0, name));
      at += name;
      continue;
    } else {
      const bool sign = rest.front() == '-' && out.ends_with('-');  // no comment without a blank behind it
      const bool other = rest.front() == '{' || rest.front() == '}' || rest.front() == '\\';
      if (sign) out += ' ';
      out += other ? ' ' : rest.front();
    }
    at += std::max<std::size_t>(end, 1);
  }
  return out;
}

Result<SqlMatch> SqlMatch::of(const Values& values) {
  SqlMatch match;
  match.table_ = lower(values.text("table"));
  bool any = false;
  std::string_view list = values.text("statement");
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    std::string name = lower(item);
    std::erase(name, ' ');
    const auto row = std::ranges::find(kClasses, std::string_view(name), &ClassRow::name);
    any = any || name == "any";
    if (row != std::end(kClasses)) match.classes_ |= 1u << (row - kClasses);
    if (row != std::end(kClasses) || name == "any") continue;
    std::string known = "any";
    for (const ClassRow& one : kClasses) known += fmt::format(", {}", one.name);
    return fail(Errc::config, fmt::format("unknown class of statements \"{}\"; there are: {}", item, known));
  }
  if (any) match.classes_ = 0;
  return match;
}

bool SqlMatch::matches(std::string_view statement) const {
  if (any()) return true;
  const SqlWords words = sql_words(statement);
  bool meant = classes_ == 0;
  for (std::size_t i = 0; i < std::size(kClasses); ++i)
    meant = meant || ((classes_ >> i & 1) && kClasses[i].holds(words));
  if (!meant || table_.empty()) return meant;
  return std::ranges::any_of(words.tables, [&](std::string_view name) {
    return matches_pattern(name, table_) || matches_pattern(name.substr(name.rfind('.') + 1), table_);
  });
}

}  // namespace pl::proxy::faults

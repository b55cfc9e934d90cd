#include "data/condition.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "data/top_level.h"

namespace pl::data {
namespace {

constexpr std::string_view kOperatorBytes = "=<>~!@#%^&|*+/?-";

bool begins_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '"' || c < 0; }
bool is_word(char c) { return begins_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '$'; }

/// The text without parentheses around the whole of it.
std::string_view bare(std::string_view text) {
  for (;;) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    if (text.size() < 2 || text.front() != '(') return text;
    std::size_t close = text.npos;
    at_top(text, [&](std::size_t i) {
      if (text[i] == ')') close = i;
      return close != text.npos;
    });
    if (close != text.size() - 1) return text;
    text = text.substr(1, text.size() - 2);
  }
}

std::vector<std::string_view> split(std::string_view text, std::string_view by) {
  std::vector<std::string_view> parts;
  std::size_t from = 0;
  at_top(text, [&](std::size_t i) {
    if (i >= from && text.substr(i, by.size()) == by) {
      parts.push_back(text.substr(from, i - from));
      from = i + by.size();
    }
    return false;
  });
  parts.push_back(text.substr(from));
  return parts;
}

std::string unquoted(std::string_view word) {
  if (word.size() < 2 || word.front() != '"') return std::string(word);
  return std::string(word.substr(1, word.size() - 2));
}

/// Past the word, quoted or plain, that begins at `at`.
std::size_t past_word(std::string_view text, std::size_t at) {
  if (text[at] == '"') return past_quoted(text, at);
  while (at < text.size() && is_word(text[at]) && text[at] != '"') ++at;
  return at;
}

/// A column name that begins at `at`, and where it ends.
std::optional<std::pair<ColumnName, std::size_t>> column_at(std::string_view text, std::size_t at) {
  if (!begins_word(text[at])) return std::nullopt;
  const std::size_t dot = past_word(text, at);
  if (dot + 1 >= text.size() || text[dot] != '.' || !begins_word(text[dot + 1])) return std::nullopt;
  const std::size_t end = past_word(text, dot + 1);
  if (end < text.size() && (text[end] == '(' || text[end] == '.')) return std::nullopt;  // a function of a schema
  return std::pair{ColumnName{unquoted(text.substr(at, dot - at)), unquoted(text.substr(dot + 1, end - dot - 1))}, end};
}

/// Takes parentheses and casts ("(a.b)::text") off.
std::string_view uncast(std::string_view side) {
  for (;;) {
    side = bare(side);
    std::size_t cast = side.npos;
    at_top(side, [&](std::size_t i) {
      if (side.substr(i, 2) == "::" && cast == side.npos) cast = i;
      return false;
    });
    if (cast == side.npos) return side;
    side = side.substr(0, cast);
  }
}

/// The side of a comparison as something an index can be made on; nothing where it is no column or expression of one
/// table, or holds a literal.
std::optional<ColumnName> key_of(std::string_view side) {
  side = uncast(side);
  if (side.empty() || side.find('\'') != side.npos) return std::nullopt;
  const std::vector<ColumnName> names = columns_of(side);
  if (names.empty()) return std::nullopt;
  const auto whole = column_at(side, 0);
  if (whole && whole->second == side.size()) return whole->first;
  const bool one = std::ranges::all_of(names, [&](const ColumnName& name) { return name.alias == names[0].alias; });
  if (!one || side.find('$') != side.npos || side.find("SubPlan") != side.npos) return std::nullopt;
  std::string expression;
  for (std::size_t i = 0; i < side.size();) {
    const bool inside = i > 0 && is_word(side[i - 1]);
    const auto name = inside ? std::nullopt : column_at(side, i);
    expression += name ? name->first.column : std::string(1, side[i]);
    i = name ? name->second : i + 1;
  }
  const std::size_t first = expression.find_first_of("( ");
  const bool call = first != expression.npos && expression[first] == '(' && first > 0;
  return ColumnName{names[0].alias, call ? expression : "(" + expression + ")"};
}

std::optional<Term::Kind> kind_of(std::string_view sign) {
  if (sign == "=") return Term::Kind::equal;
  if (sign == "<" || sign == ">" || sign == "<=" || sign == ">=") return Term::Kind::range;
  if (sign == "~~" || sign == "~~*" || sign == "~" || sign == "~*") return Term::Kind::pattern;
  return std::nullopt;
}

std::optional<Term> term_of(std::string_view text) {
  text = bare(text);
  std::size_t from = text.npos, to = 0;
  at_top(text, [&](std::size_t i) {
    if (from == text.npos && i > 0 && text[i - 1] == ' ' && kOperatorBytes.find(text[i]) != text.npos) from = i;
    if (from != text.npos && text[i] == ' ') to = i;
    return to > 0;
  });
  if (from == text.npos || to == 0) return std::nullopt;
  const auto kind = kind_of(text.substr(from, to - from));
  if (!kind) return std::nullopt;
  std::string_view left = text.substr(0, from), right = text.substr(to + 1);
  for (int turn = 0; turn < 2; ++turn, std::swap(left, right)) {
    if (turn == 1 && *kind == Term::Kind::pattern) break;
    const auto key = key_of(left);
    if (!key) continue;
    const auto there = columns_of(right);
    const bool itself = std::ranges::any_of(there, [&](const ColumnName& name) { return name.alias == key->alias; });
    if (!itself) return Term{*kind, key->alias, key->column, std::string(bare(right))};
  }
  return std::nullopt;
}

}  // namespace

Condition read_condition(std::string_view text) {
  Condition condition;
  for (const std::string_view part : split(bare(text), " AND ")) {
    const std::vector<std::string_view> branches = split(bare(part), " OR ");
    if (branches.size() == 1) {
      if (auto term = term_of(part)) condition.all.push_back(std::move(*term));
      continue;
    }
    if (!condition.either.empty()) continue;
    for (const std::string_view branch : branches) {
      for (const std::string_view one : split(bare(branch), " AND ")) {
        if (auto term = term_of(one)) condition.either.push_back(std::move(*term));
      }
    }
  }
  return condition;
}

std::vector<ColumnName> columns_of(std::string_view text) {
  std::vector<ColumnName> names;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\'') {
      i = past_quoted(text, i);
      continue;
    }
    if (!begins_word(text[i])) {
      ++i;
      continue;
    }
    const auto name = column_at(text, i);
    if (name && std::ranges::find(names, name->first) == names.end()) names.push_back(name->first);
    i = std::max(name ? name->second : past_word(text, i), i + 1);
  }
  return names;
}

}  // namespace pl::data

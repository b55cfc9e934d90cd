#include "data/statement_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace pl::data {
namespace {

constexpr int kParameters = 65535;  ///< Most that the protocol can carry.

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Where the comment that begins at `at` ends; PostgreSQL nests block comments. `at` itself where none begins.
std::size_t past_comment(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "--") return std::min(text.find('\n', at), text.size());
  if (text.substr(at, 2) != "/*") return at;
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text.substr(i, 2) == "/*") {
      ++depth;
      ++i;
    } else if (text.substr(i, 2) == "*/") {
      --depth;
      ++i;
      if (depth == 0) return i + 1;
    }
  }
  return text.size();
}

/// The word at `at`, in lower case.
std::string word_at(std::string_view text, std::size_t at) {
  std::string word;
  while (at < text.size() && is_word(text[at])) word += lower(text[at++]);
  return word;
}

bool changes_or_reads_rows(std::string_view plain) {
  static constexpr std::array<std::string_view, 6> kVerbs = {"select", "insert", "update", "delete", "merge", "with"};
  const std::size_t first = std::min(plain.find_first_not_of("( "), plain.size());
  return std::ranges::find(kVerbs, word_at(plain, first)) != kVerbs.end();
}

}  // namespace

std::string plain_statement(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = text[i] == '"' ? std::min(text.find('"', i + 1), text.size() - 1) + 1 : 0;
    if (end > 0) {  // a quoted identifier may hold what looks like a comment
      plain += text.substr(i, end - i);
      i = end;
      continue;
    }
    const std::size_t after = past_comment(text, i);
    const bool space = after > i || is_space(text[i]);
    if (space && !plain.empty() && plain.back() != ' ') plain += ' ';
    if (!space) plain += text[i];
    i = std::max(after, i + 1);
  }
  while (!plain.empty() && (plain.back() == ' ' || plain.back() == ';')) plain.pop_back();
  const bool literal = plain.find('\'') != std::string::npos || plain.find("$$") != std::string::npos;
  const bool several = plain.find(';') != std::string::npos;
  return literal || several || !changes_or_reads_rows(plain) ? std::string() : plain;
}

std::string preparable(std::string_view plain) {
  static constexpr std::array<std::string_view, 6> kTypes = {"interval",    "date",      "time",
                                                             "timestamptz", "timestamp", "json"};
  std::string out;
  for (std::size_t i = 0; i < plain.size();) {
    const bool begins = is_word(plain[i]) && (i == 0 || (!is_word(plain[i - 1]) && plain[i - 1] != '$'));
    const std::string word = begins ? word_at(plain, i) : std::string();
    const std::size_t at = i + word.size() + 1;
    const bool typed = std::ranges::find(kTypes, word) != kTypes.end() && at + 1 < plain.size() &&
                       plain[at - 1] == ' ' && plain[at] == '$' && is_digit(plain[at + 1]);
    if (!typed) {
      out += plain[i++];
      continue;
    }
    std::size_t end = at + 1;
    while (end < plain.size() && is_digit(plain[end])) ++end;
    out += std::string(plain.substr(at, end - at)) + "::" + word;
    i = end;
  }
  return out;
}

int parameter_count(std::string_view plain) {
  int highest = 0;
  for (std::size_t i = 0; i + 1 < plain.size(); ++i) {
    if (plain[i] != '$') continue;
    int number = 0;
    for (++i; i < plain.size() && is_digit(plain[i]) && number <= kParameters; ++i)
      number = number * 10 + (plain[i] - '0');
    highest = std::max(highest, std::min(number, kParameters));
  }
  return highest;
}

}  // namespace pl::data

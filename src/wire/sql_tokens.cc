#include "wire/sql_tokens.h"

#include <algorithm>

namespace pl::wire {
namespace {

using Kind = SqlToken::Kind;

constexpr std::string_view kOperators = "+-*/<>=~!@#%^&|`?";
constexpr std::string_view kSingle = "()[],;.:";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool is_in_word(char c) { return begins_word(c) || is_digit(c); }

/// One pass over a statement; each function leaves `at_` behind what it took and says whether it was whole.
class Lexer {
 public:
  Lexer(std::string_view text, std::vector<SqlToken>& tokens) : text_(text), tokens_(tokens) {}

  bool run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_space(c)) {
        ++at_;
      } else if (starts("--")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (starts("/*")) {
        if (!comment()) return false;
      } else if (!token(c)) {
        return false;
      }
    }
    return true;
  }

 private:
  char next(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }
  void add(Kind kind, std::size_t from) { tokens_.push_back({kind, text_.substr(from, at_ - from)}); }

  bool token(char c) {
    const std::size_t from = at_;
    if (c == '\'') return string(false) && (add(Kind::constant, from), true);
    if (c == '"') return quoted('"', false) && (add(Kind::quoted, from), true);
    if (c == '$') return dollar();
    if (is_digit(c) || (c == '.' && is_digit(next(1)))) return number();
    if (begins_word(c)) return word();
    if (kSingle.find(c) != kSingle.npos) {
      at_ += starts("::") || starts(":=") ? 2 : 1;
      add(Kind::symbol, from);
      return true;
    }
    if (kOperators.find(c) == kOperators.npos) return false;
    while (at_ < text_.size() && kOperators.find(text_[at_]) != kOperators.npos && !starts("--") && !starts("/*"))
      ++at_;
    // A sign ends an operator only where one of these stands in it (PostgreSQL 4.1.3).
    const bool may_end_in_sign = text_.substr(from, at_ - from).find_first_of("~!@#%^&|`?") != text_.npos;
    while (!may_end_in_sign && at_ - from > 1 && (text_[at_ - 1] == '+' || text_[at_ - 1] == '-')) --at_;
    add(Kind::symbol, from);
    return true;
  }

  /// Comments nest.
  bool comment() {
    int depth = 0;
    do {
      if (starts("/*")) {
        ++depth;
        at_ += 2;
      } else if (starts("*/")) {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < text_.size());
    return depth == 0;
  }

  bool string(bool backslashes) { return quoted('\'', backslashes); }

  bool quoted(char quote, bool backslashes) {
    ++at_;
    while (at_ < text_.size()) {
      if (quote == '"' && text_[at_] == '\'') return false;  // nobody names a table so: it is a value's
      if (backslashes && text_[at_] == '\\') {
        at_ += 2;
      } else if (text_[at_] != quote) {
        ++at_;
      } else if (next(1) == quote) {
        at_ += 2;
      } else {
        ++at_;
        return true;
      }
    }
    return false;
  }

  /// $1, $$text$$ or $tag$text$tag$.
  bool dollar() {
    const std::size_t from = at_++;
    if (is_digit(next(0))) {
      while (is_digit(next(0))) ++at_;
      add(Kind::parameter, from);
      return !begins_word(next(0));
    }
    while (is_in_word(next(0)) && at_ < text_.size()) ++at_;
    if (next(0) != '$') return false;
    const std::string_view tag = text_.substr(from, ++at_ - from);
    const std::size_t end = text_.find(tag, at_);
    if (end == text_.npos) return false;
    at_ = end + tag.size();
    add(Kind::constant, from);
    return true;
  }

  bool number() {
    const std::size_t from = at_;
    while (is_in_word(next(0)) || next(0) == '.') {
      const bool exponent = (next(0) == 'e' || next(0) == 'E') && (next(1) == '+' || next(1) == '-');
      at_ += exponent ? 2 : 1;
    }
    add(Kind::constant, from);
    const std::string_view digits = tokens_.back().text;
    const bool radix = digits.size() > 1 && digits[0] == '0' && !is_digit(digits[1]) && digits[1] != '.';
    return radix || digits.find_first_not_of("0123456789._eE+-") == digits.npos;
  }

  bool word() {
    const std::size_t from = at_;
    const char first = static_cast<char>(text_[at_] | 0x20);
    if (next(1) == '\'' && (first == 'e' || first == 'b' || first == 'x' || first == 'n')) {
      ++at_;
      return string(first == 'e') && (add(Kind::constant, from), true);
    }
    if (first == 'u' && next(1) == '&' && (next(2) == '\'' || next(2) == '"')) {
      const bool name = next(2) == '"';
      at_ += 2;
      return quoted(name ? '"' : '\'', false) && (add(name ? Kind::quoted : Kind::constant, from), true);
    }
    while (at_ < text_.size() && (is_in_word(text_[at_]) || text_[at_] == '$')) ++at_;
    add(Kind::word, from);
    return true;
  }

  std::string_view text_;
  std::vector<SqlToken>& tokens_;
  std::size_t at_ = 0;
};

}  // namespace

bool sql_tokens(std::string_view text, std::vector<SqlToken>& tokens) { return Lexer(text, tokens).run(); }

}  // namespace pl::wire

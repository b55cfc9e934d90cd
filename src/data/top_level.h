#pragma once
#include <cstddef>
#include <string_view>

/// What stands outside of quotes and parentheses in text that PostgreSQL has written: conditions and definitions.
namespace pl::data {

/// Past the quoted text that begins at `at`; `at` where none does.
inline std::size_t past_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  if (quote != '\'' && quote != '"') return at;
  const std::size_t end = text.find(quote, at + 1);
  return end == text.npos ? text.size() : end + 1;
}

/// Calls `each` with the place of every byte outside of quotes and parentheses, until it returns true.
template <class Each>
void at_top(std::string_view text, Each each) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t after = past_quoted(text, i);
    if (after > i) {
      i = after;
      continue;
    }
    if (text[i] == ')') --depth;
    if (depth == 0 && each(i)) return;
    if (text[i] == '(') ++depth;
    ++i;
  }
}

}  // namespace pl::data

#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace pl::wire {

/// A token of a statement; comments and white space are none.
struct SqlToken {
  enum class Kind : std::uint8_t {
    word,       ///< A key word or a name without quotes.
    quoted,     ///< A name in double quotes.
    constant,   ///< A string in any of its notations, or a number.
    parameter,  ///< $1
    symbol,     ///< Punctuation, or a run of operator characters.
  };
  Kind kind;
  std::string_view text;  ///< As written: a view into the statement.

  bool is(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
};

/// Cuts a statement into tokens as PostgreSQL does with standard_conforming_strings (PostgreSQL 15 documentation, 4.1
/// "Lexical Structure"). False where something does not end or can stand nowhere: then nothing may be concluded.
bool sql_tokens(std::string_view text, std::vector<SqlToken>& tokens);

}  // namespace pl::wire

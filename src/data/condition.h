#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pl::data {

/// A column as EXPLAIN (VERBOSE) names it: by the alias of its table.
struct ColumnName {
  std::string alias, column;
  bool operator==(const ColumnName&) const = default;
};

/// A comparison of a column, or of an expression over columns of one table, with something else.
struct Term {
  enum class Kind { equal, range, pattern };
  Kind kind = Kind::equal;
  std::string alias;
  std::string column;  ///< Or the expression without its alias: "lower(name)".
  std::string other;   ///< What it is compared with.
};

/// The comparisons of a condition that an index could serve.
struct Condition {
  std::vector<Term> all;     ///< That hold together (AND).
  std::vector<Term> either;  ///< Of its first OR.
};

/// Reads a condition as PostgreSQL prints it in a plan ("((m.a = $1) AND (m.b > $2))"); anything else than comparisons
/// is left out. Never fails: what it does not understand it leaves out too.
Condition read_condition(std::string_view text);
/// Every ALIAS.COLUMN in it, in order, each once.
std::vector<ColumnName> columns_of(std::string_view text);

}  // namespace pl::data

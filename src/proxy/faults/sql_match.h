#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/fault.h"

namespace pl::proxy::faults {

/// What a statement does, by its words alone. Several may hold at once: of a common table expression that writes, or
/// where several statements were sent as one.
struct SqlWords {
  bool select = false, insert = false, update = false, remove = false;
  bool write = false;               ///< It changes rows: insert, update, delete, merge, replace, load, copy from.
  bool transaction = false;         ///< Begin, commit, savepoint and their like.
  bool begins = false;              ///< It opens a transaction.
  bool ends = false;                ///< The last thing it does about transactions is to end one.
  bool ddl = false;                 ///< Create, alter, drop, truncate, grant and their like, and SELECT INTO a table.
  std::vector<std::string> tables;  ///< Names it reads or writes, lower case, with their schema where one is written.
};

/// Reads a statement in PostgreSQL's notation (wire/sql_tokens.h), as far as it can be read: the end may be missing. Of
/// EXPLAIN ANALYZE it reads what that carries out.
SqlWords sql_words(std::string_view statement);

/// A statement of MySQL in PostgreSQL's notation: names in backquotes stand in double quotes, strings are empty,
/// comments are gone except what MySQL runs of them (MySQL 8.0 Reference Manual, 9 "Language Structure").
std::string from_mysql(std::string_view statement);

inline constexpr std::array<ParameterRow, 2> kSqlMatchParameters{{
    text_parameter("statement", "any",
                   "Class of the statements that are meant, or several: any, select, insert, update, delete, read, "
                   "write, transaction, ddl."),
    text_parameter("table", "",
                   "A table that the statement names, with its schema or without, * for anything; empty: any."),
}};

/// Which statements a fault is about.
class SqlMatch {
 public:
  /// Errc::config: an unknown class of statements.
  static Result<SqlMatch> of(const Values& values);
  /// `statement`: in PostgreSQL's notation.
  bool matches(std::string_view statement) const;
  /// Every statement is meant, whatever its text.
  bool any() const { return classes_ == 0 && table_.empty(); }

 private:
  unsigned classes_ = 0;  ///< One bit per class; 0: any.
  std::string table_;     ///< Lower case.
};

}  // namespace pl::proxy::faults

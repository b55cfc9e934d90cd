#pragma once
#include <string>
#include <string_view>

namespace pl::wire {

/// A statement without its values, and what can be said of it by its words alone.
struct SqlShape {
  /// Normalised: names and key words in lower case, `?` for constants, lists of values as `(...)`, no comments. Empty
  /// where the statement could not be read to its end, so that no value can have stayed in it.
  std::string text;
  /// "select", "insert", "update", "delete", "merge", "transaction" (begin, commit, savepoint ...), "session" (set,
  /// show, listen ...), "schema" (create, alter, drop ...), "copy", "several" (more than one at once) or "other". What
  /// writes in a common table expression is a writing one.
  std::string_view kind = "other";
  bool limited = false;     ///< The number of rows has a limit: LIMIT or FETCH FIRST, in it or in what it reads from.
  bool aggregate = false;   ///< Aggregates without GROUP BY: always one row.
  std::string fingerprint;  ///< 16 hexadecimal digits of the normalised text.
};

/// Reads a statement. `cut`: its end is missing.
SqlShape sql_shape(std::string_view statement, bool cut = false);

}  // namespace pl::wire

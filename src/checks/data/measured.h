#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "facts/facts.h"

/// What the checks and answers about data have in common.
namespace pl::checks {

/// A table in which rows were added for good in the steady load.
struct GrowingTable {
  std::string name;
  std::int64_t rows = 0;
  double per_second = 0;  ///< Rows that came.
  std::int64_t frame = 0;
};
std::vector<GrowingTable> growing_tables(const facts::Facts& facts);
bool is_growing(const facts::Facts& facts, const std::string& table);

/// An index that statements on a growing table need and do not have.
struct MissingIndex {
  enum class Kind { btree, trigram };
  std::string table;
  Kind kind = Kind::btree;
  std::vector<std::string> columns;
  std::vector<std::int64_t> statements;
  std::int64_t calls = 0;  ///< Of them, in the steady period.
  std::vector<std::int64_t> evidence;
};
/// Conditions that no index serves, by the index that would. Silent where it cannot be known: where an index begins
/// with one of the columns or a partial one names it, where a column has few different values, and where a scan in the
/// order of an index ends early.
std::vector<MissingIndex> missing_indices(const facts::Facts& facts);
/// "CREATE INDEX CONCURRENTLY ON messages (chat_id)".
std::string create_text(const MissingIndex& missing);
/// "messages (chat_id)".
std::string name_text(const MissingIndex& missing);

/// A statement on growing tables that was measured before and after their data were grown.
struct MeasuredStatement {
  std::int64_t statement = 0;
  std::string text, table;
  double rows_factor = 0;  ///< Of the table that grew most.
  double time_factor = 0;
  Ns before = 0, after = 0;
  std::int64_t calls = 0;      ///< In the shorter of both.
  std::int64_t rows = 0;       ///< Of the table, after.
  bool in_proportion = false;  ///< Its time grew at least as the rows did, for the same answer.
  std::vector<std::int64_t> evidence;
};
/// In the order of how their time grew, most first. A time grows in proportion where its exponent over the rows is 0.7
/// or more and the blocks that it reads, which do not depend on the machine, grew with them too.
std::vector<MeasuredStatement> measured_statements(const facts::Facts& facts);

/// The text of a statement, short enough for a sentence.
std::string statement_text(const facts::Facts& facts, std::int64_t statement);
/// Whether the foreign key's only column is what the missing index begins with.
bool serves(const MissingIndex& missing, const record::ForeignKeySeen& key);

/// What `--only` calls the stage that grows the data.
inline constexpr const char* kGrowthKey = "data.growth";

}  // namespace pl::checks

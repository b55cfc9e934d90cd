#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/connection.h"

namespace pl::data {

/// What the server counted for a statement of the application since its statistics began.
struct StatementCount {
  std::string id;    ///< The server's own.
  std::string text;  ///< See plain_statement(); never empty.
  std::int64_t calls = 0;
  double time = 0;  ///< ms, all calls together.
  double rows = 0, blocks = 0;
};

/// The same for a table.
struct TableCount {
  std::string oid;
  std::int64_t rows = 0;  ///< Estimated, at this time.
  std::int64_t bytes = 0;
  std::int64_t inserted = 0, deleted = 0, ever_deleted = 0, sequential = 0, sequential_rows = 0, indexed = 0;
};

struct Statistics {
  std::vector<StatementCount> statements;
  std::vector<TableCount> tables;
};

/// Reads the statistics of the database that `database` is connected to; `server` sees pg_stat_statements. Statements
/// of proofload's own user are left out, and those that may hold values (see plain_statement).
Result<Statistics> read_statistics(Connection& server, Connection& database);

/// What was counted from `from` to `to`; what was not there before began at nothing. Statements come in the order of
/// the time that they took since the statistics began, at most 200.
Statistics between(const Statistics& from, const Statistics& to);

}  // namespace pl::data

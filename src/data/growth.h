#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "data/connection.h"
#include "data/copy_plan.h"
#include "os/clock.h"

namespace pl::data {

/// What became of a table.
struct TableGrowth {
  std::size_t table = 0;  ///< Place in Schema::tables.
  bool grew = false;      ///< See TableCopy.
  std::int64_t before = 0, after = 0;
  std::string skipped;  ///< Why it was not copied, or not as often as wanted.
};

struct Growth {
  std::vector<TableGrowth> tables;
  std::string transaction;  ///< The copied rows carry its number.
};

/// Copies the application's own rows until each table that grew has ten times as many, or 20,000, within `most` of time
/// and the limits named in the source; then tells the server's planner (ANALYZE). Triggers and foreign keys do not act
/// meanwhile (session_replication_role). All copies come in one transaction: a failure leaves none.
Result<Growth> grow(Connection& database, const Schema& schema, const std::vector<TableCopy>& copies,
                    const os::Clock& clock, Ns most);
/// Removes the copied rows that nobody has changed since, by the number of their transaction.
Result<void> take_back(Connection& database, const Schema& schema, const Growth& growth);

}  // namespace pl::data

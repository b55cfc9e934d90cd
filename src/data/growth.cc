#include "data/growth.h"

#include <fmt/format.h>

#include <algorithm>

namespace pl::data {
namespace {

constexpr std::int64_t kTimes = 10;           ///< As many rows as there were ...
constexpr std::int64_t kEnoughRows = 20'000;  ///< ... or these, whichever is more.
constexpr std::int64_t kMostRows = 300'000;   ///< Copied rows of all tables.
constexpr std::int64_t kMostBytes = 256 << 20;
constexpr int kMostCopies = 60;
constexpr std::int64_t kSliceBlocks = 16;        ///< Copied by one statement: about 1,000 short rows.
constexpr std::int64_t kLeastStep = 10'000'000;  ///< Between the numbers of two copies, so that new rows fit between.
constexpr const char* kBegin =
    "BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off";

Result<std::int64_t> whole(Connection& database, const std::string& statement) {
  return whole_of(PL_TRY(database.value(statement)));
}

/// The distance between the numbers of two copies: above every shifted number of them.
Result<std::int64_t> step_of(Connection& database, const Schema& schema, const std::vector<TableCopy>& copies) {
  std::int64_t step = kLeastStep;
  for (const TableCopy& copy : copies) {
    const Table& table = schema.tables[copy.table];
    for (const int number : copy.shifted) {
      const Column* column = column_by_number(table, number);
      if (column == nullptr || !is_number(column->type)) continue;
      const std::int64_t highest = PL_TRY(whole(database, fmt::format("SELECT coalesce(max({}), 0)::bigint FROM {}",
                                                                      quoted_name(column->name), table.quoted)));
      while (step < 2 * highest && step < (std::int64_t{1} << 50)) step *= 10;
    }
  }
  return step;
}

/// How many copies fit below the largest number of every shifted column.
int most_copies(const Schema& schema, const std::vector<TableCopy>& copies, std::int64_t step) {
  std::int64_t most = kMostCopies;
  for (const TableCopy& copy : copies) {
    for (const int number : copy.shifted) {
      const Column* column = column_by_number(schema.tables[copy.table], number);
      if (column != nullptr && is_number(column->type)) most = std::min(most, largest_number(column->type) / step - 1);
    }
  }
  return static_cast<int>(most);
}

class Grower {
 public:
  Grower(Connection& database, const Schema& schema, const std::vector<TableCopy>& copies, const os::Clock& clock,
         Ns most)
      : database_(database), schema_(schema), copies_(copies), clock_(clock), end_(clock.now() + most) {}

  Result<Growth> grow() {
    for (const TableCopy& copy : copies_) {
      const Table& table = schema_.tables[copy.table];
      const std::int64_t rows = PL_TRY(whole(database_, "SELECT count(*) FROM " + table.quoted));
      growth_.tables.push_back({copy.table, copy.grew, rows, rows, copy.skipped});
    }
    const std::int64_t step = PL_TRY(step_of(database_, schema_, copies_));
    PL_TRY(database_.ask(kBegin));
    const Result<void> rehearsed = rehearse(step);
    PL_TRY(database_.ask("ROLLBACK"));
    PL_TRY(rehearsed);
    PL_TRY(database_.ask(kBegin));
    const Result<void> made = copy_all(step);
    PL_TRY(database_.ask(made ? "COMMIT" : "ROLLBACK"));
    PL_TRY(made);
    for (const TableGrowth& one : growth_.tables) {
      if (one.after > one.before) PL_TRY(database_.ask("ANALYZE " + schema_.tables[one.table].quoted));
    }
    return std::move(growth_);
  }

 private:
  /// A part of the first copy of each table, which is rolled back: a table that refuses it is skipped. The copies
  /// themselves come without savepoints, which would give each slice a transaction number of its own.
  Result<void> rehearse(std::int64_t step) {
    for (std::size_t i = 0; i < copies_.size(); ++i) {
      TableGrowth& one = growth_.tables[i];
      if (!one.skipped.empty()) continue;
      PL_TRY(database_.ask("SAVEPOINT rehearsal"));
      const auto made =
          database_.ask(copy_statement(schema_.tables[copies_[i].table], copies_[i], 1, step, 0, kSliceBlocks));
      // What follows a colon may be a value of a row.
      if (!made) one.skipped = made.error().detail.substr(0, made.error().detail.find(": "));
      PL_TRY(database_.ask("ROLLBACK TO rehearsal"));
    }
    return {};
  }

  Result<void> copy_all(std::int64_t step) {
    growth_.transaction = PL_TRY(database_.value("SELECT pg_current_xact_id()::xid"));
    const int most = most_copies(schema_, copies_, step);
    if (most < 1) why_not_more_ = "its keys are near the end of their type";
    for (int number = 1; number <= most && !enough(); ++number) PL_TRY(copy_once(number, step));
    for (TableGrowth& one : growth_.tables) {
      const bool short_of = one.grew && one.skipped.empty() && one.after < wanted(one);
      if (short_of) one.skipped = why_not_more_.empty() ? "it has few rows" : why_not_more_;
    }
    return {};
  }

  static std::int64_t wanted(const TableGrowth& one) { return std::max(kEnoughRows, kTimes * one.before); }

  /// Every table that grew has what is wanted, or nothing more can be copied.
  bool enough() const {
    return !why_not_more_.empty() || std::ranges::none_of(growth_.tables, [](const TableGrowth& one) {
      return one.grew && one.skipped.empty() && one.before > 0 && one.after < wanted(one);
    });
  }

  Result<void> copy_once(int number, std::int64_t step) {
    for (std::size_t i = 0; i < copies_.size(); ++i) {
      const Table& table = schema_.tables[copies_[i].table];
      TableGrowth& one = growth_.tables[i];
      for (std::int64_t block = 0; block <= table.blocks; block += kSliceBlocks) {
        if (!one.skipped.empty()) break;
        if (full()) return {};
        const std::string statement = copy_statement(table, copies_[i], number, step, block, block + kSliceBlocks);
        PL_TRY(copy_slice(statement, one));
      }
    }
    std::int64_t bytes = 0;
    for (const TableCopy& copy : copies_) {
      bytes +=
          PL_TRY(whole(database_, fmt::format("SELECT pg_total_relation_size({})", schema_.tables[copy.table].oid)));
    }
    if (bytes > kMostBytes) why_not_more_ = "the copies reached the limit of their size";
    return {};
  }

  /// Whether nothing more may be copied; the reason is kept.
  bool full() {
    if (clock_.now() >= end_) why_not_more_ = "the time for copying was over";
    if (copied_ >= kMostRows) why_not_more_ = "the copies reached the limit of their number";
    return !why_not_more_.empty();
  }

  Result<void> copy_slice(const std::string& statement, TableGrowth& one) {
    const std::int64_t rows =
        PL_TRY(whole(database_, "WITH made AS (" + statement + " RETURNING 1) SELECT count(*) FROM made"));
    one.after += rows;
    copied_ += rows;
    return {};
  }

  Connection& database_;
  const Schema& schema_;
  const std::vector<TableCopy>& copies_;
  const os::Clock& clock_;
  Ns end_;
  Growth growth_;
  std::int64_t copied_ = 0;
  std::string why_not_more_;
};

}  // namespace

Result<Growth> grow(Connection& database, const Schema& schema, const std::vector<TableCopy>& copies,
                    const os::Clock& clock, Ns most) {
  return Grower(database, schema, copies, clock, most).grow();
}

Result<void> take_back(Connection& database, const Schema& schema, const Growth& growth) {
  PL_TRY(database.ask(kBegin));
  for (auto one = growth.tables.rbegin(); one != growth.tables.rend(); ++one) {
    if (one->after <= one->before) continue;
    const auto removed = database.ask(fmt::format("DELETE FROM ONLY {} WHERE xmin = '{}'::xid",
                                                  schema.tables[one->table].quoted, growth.transaction));
    if (removed) continue;
    PL_TRY(database.ask("ROLLBACK"));
    return std::unexpected(removed.error());
  }
  PL_TRY(database.ask("COMMIT"));
  for (const TableGrowth& one : growth.tables) {
    // A clean-up that takes too long is left to the server's own.
    if (one.after > one.before) (void)database.ask("VACUUM ANALYZE " + schema.tables[one.table].quoted);
  }
  return {};
}

}  // namespace pl::data

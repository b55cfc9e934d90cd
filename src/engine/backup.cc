#include "data/backup.h"

#include <fmt/format.h>

#include "engine/grow.h"

namespace pl::engine {
namespace {

constexpr const char* kKey = "operations.backup";
constexpr Ns kMost = 20 * kSec;                             ///< Of each of the server's programs.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;  ///< Of the database; a larger one is left alone.
constexpr Ns kDrain = 3 * kSec;

std::int64_t bytes_of(const data::Schema& schema) {
  std::int64_t sum = 0;
  for (const data::Table& table : schema.tables) sum += table.bytes;
  return sum;
}

}  // namespace

Result<void> try_backup(Run& run, const Service& service, const data::Schema& schema) {
  const sandbox::PreparedService& prepared = service.prepared;
  if (prepared.programs.empty() || schema.tables.empty()) return {};
  const bool large = bytes_of(schema) > kMostBytes;
  if (large || run.beyond_budget(2 * kMost)) {
    run.observe(record::ExperimentLeftOut{kKey, large ? "the database is larger than 1 GiB" : "budget", false});
    return {};
  }
  record::BackupTried seen{.service = prepared.name, .how = "pg_dump and pg_restore"};
  run.status("grow", "a backup, read back");
  run.set_rate(0);
  PL_TRY(run.drained(kDrain));
  const data::Server server = server_of(prepared, prepared.child_value("PGDATABASE"));
  Result<data::Backup> made;
  PL_TRY(run.blocking(
      [&] { made = data::try_backup(server, schema, {prepared.programs, prepared.folder}, run.clock, kMost); }));
  // What the server's own programs refuse is the database's matter; what keeps them from running is not.
  if (!made && made.error().code != Errc::protocol) {
    run.observe(record::ExperimentLeftOut{kKey, made.error().message(), false});
    return {};
  }
  if (made) {
    seen.tables = made->tables;
    seen.rows = made->rows;
    seen.missing = made->missing;
    seen.bytes = made->bytes;
    seen.dumped = made->dumped;
    seen.restored = made->restored;
  } else {
    seen.failed = made.error().message();
  }
  run.observe(seen);
  run.say("grow", made ? fmt::format("a backup of {} rows took {:.1f} s, and was read back in {:.1f} s", seen.rows,
                                     seconds(seen.dumped), seconds(seen.restored))
                       : "a backup cannot be read back: " + seen.failed);
  return {};
}

}  // namespace pl::engine

#pragma once
#include <cstdint>
#include <string>

#include "base/time.h"
#include "data/connection.h"
#include "data/schema.h"
#include "os/clock.h"

namespace pl::data {

/// What one backup, read back, was like.
struct Backup {
  std::int64_t bytes = 0;  ///< Of the dump, compressed.
  std::int64_t tables = 0;
  std::int64_t rows = 0;     ///< Of all tables, counted when it was made.
  std::int64_t missing = 0;  ///< Rows that the database which was read back has less, or more.
  Ns dumped = 0, restored = 0;
};

/// Where the server's own programs are, and a folder for the dump that this process may write to.
struct BackupPlace {
  std::string programs, folder;
};

/// Dumps the server's database (pg_dump, its own format), reads it back into an empty one beside it (pg_restore, which
/// makes the indices anew), counts the rows in both, and removes what it made. Nobody else may write meanwhile. Blocks
/// for `most` a program at most; Errc::protocol is what a program or the server said. `server`: a role that may make
/// databases, with the database to be dumped.
Result<Backup> try_backup(const Server& server, const Schema& schema, const BackupPlace& place, const os::Clock& clock,
                          Ns most);

}  // namespace pl::data

#pragma once
#include "sandbox/services/service.h"

namespace pl::sandbox {

/// PostgreSQL from the system's packages (the highest of /usr/lib/postgresql/*/bin): own folder, own port, an own user
/// `app` with a random password (scram-sha-256), a database `app`, pg_stat_statements where it is installed. The first
/// start makes the cluster; later ones keep its data. Option `fsync` (true): false is quicker, and acknowledged writes
/// still survive the death of its processes, but no longer that of the machine.
Result<PreparedService> prepare_postgres(const Json& options, Journal* journal);

}  // namespace pl::sandbox

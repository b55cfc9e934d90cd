#pragma once
#include "sandbox/services/service.h"

namespace pl::sandbox {

/// PostgreSQL from the system's packages (the highest of /usr/lib/postgresql/*/bin): own folder, own port, an own user
/// `app` with a random password (scram-sha-256), a database `app`. Where pg_stat_statements is installed it lies in the
/// database `postgres`, for a user of proofload's own: nothing of it shows in the application's. The first start makes
/// the cluster; later ones keep its data. Option `fsync` (true): false is quicker, and acknowledged writes still
/// survive the death of its processes, but no longer that of the machine.
Result<PreparedService> prepare_postgres(const Json& options, Journal* journal);

}  // namespace pl::sandbox

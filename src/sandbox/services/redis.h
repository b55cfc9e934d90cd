#pragma once
#include "sandbox/services/service.h"

namespace pl::sandbox {

/// Redis from the system's packages, in its own folder, with every write in an append-only file (so that a restart
/// keeps what was acknowledged).
Result<PreparedService> prepare_redis(const Json& options, Journal* journal);

}  // namespace pl::sandbox

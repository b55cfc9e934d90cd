#pragma once
#include "base/result.h"
#include "engine/state.h"

namespace pl::engine {

/// Prepares and starts what `provide:` asks for, and waits until each serves.
Result<void> start_services(Run& run);
/// Starts a service that was killed again, with its data, and waits until it serves.
Result<void> restart_service(Run& run, Service& service);

}  // namespace pl::engine

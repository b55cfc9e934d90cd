#pragma once
#include "base/result.h"
#include "engine/state.h"
#include "plan/plan.h"

namespace pl::engine {

/// While a part is away or silent: asks for what is refused without a session in the steady state, without one, and
/// writes what came (record::AccessProbed with the experiment's key). Takes 4 s at most.
Result<void> ask_guarded(Run& run, const plan::PlannedExperiment& experiment);

}  // namespace pl::engine

#pragma once
#include <sys/types.h>

#include "base/result.h"
#include "engine/state.h"
#include "plan/plan.h"
#include "record/kinds.h"

/// What happens to customers when the component that they connect to, or a server behind it, is told to end (TERM).
namespace pl::engine {

/// Five requests are in flight, held by a dependency that is silent.
Result<void> drill_requests(Run& run, const plan::PlannedExperiment& planned);
/// Five event streams have begun.
Result<void> drill_streams(Run& run, const plan::PlannedExperiment& planned);
/// Five keep-alive connections are idle, and are asked something right after.
Result<void> drill_kept(Run& run, const plan::PlannedExperiment& planned);

/// The process that is told to end.
pid_t root_of(Run& run, const plan::PlannedExperiment& planned);
/// Fills in how and when the process ended after the signal, writes the drill to the log and tells people: `what` was
/// met by the signal.
void end_drill(Run& run, pid_t root, Ns signalled, const std::string& what, record::DrillEnded drill);

}  // namespace pl::engine

#include <fmt/format.h>

#include "engine/drills.h"
#include "engine/stages.h"
#include "engine/subject.h"
#include "engine/trial.h"
#include "plan/plan.h"

namespace pl::engine {
namespace {

constexpr Ns kDrain = 3 * kSec;  ///< For the answers under way before a drill.

struct Drill {
  std::string_view fault;
  Result<void> (*make)(Run& run, const plan::PlannedExperiment& planned);
};
constexpr Drill kDrills[] = {
    {"terminate", drill_requests}, {"terminate_streams", drill_streams}, {"terminate_idle", drill_kept}};

void note_exit(Run& run, pid_t root, Ns signalled, record::DrillEnded& drill) {
  const facts::Facts& facts = run.look();
  for (const auto& seen : facts.ended) {
    if (seen.value.pid != root || seen.at < signalled) continue;
    drill.status = seen.value.status;
    drill.signal = seen.value.signal;
    drill.exit_after = std::max<Ns>(seen.at - signalled, 1);
  }
}

/// An application that serves, and to which nobody sends anything. Else why it is not steady.
Result<std::string> ready(Run& run, bool first) {
  if (!first) {
    PL_TRY(restart_subject(run, "for the next drill"));
    return "";
  }
  run.set_rate(run.rate);
  if (std::string why = PL_TRY(isolate(run)); !why.empty()) return why;
  run.set_rate(0);
  PL_TRY(run.drained(kDrain));
  return "";
}

}  // namespace

pid_t root_of(Run& run, const plan::PlannedExperiment& planned) {
  return static_cast<pid_t>(run.look().topology.components[static_cast<std::size_t>(planned.component)].root);
}

void end_drill(Run& run, pid_t root, Ns signalled, const std::string& what, record::DrillEnded drill) {
  note_exit(run, root, signalled, drill);
  run.observe(drill);
  const std::string exit = drill.exit_after > 0 ? fmt::format("ended after {:.1f} s", seconds(drill.exit_after))
                                                : std::string("has not ended");
  const std::string counts =
      drill.result == "not decided"
          ? "not decided, " + drill.note
          : fmt::format("{}: {} drained, {} cut, {} {}", drill.drained + drill.cut + drill.refused, drill.drained,
                        drill.cut, drill.refused, drill.drill == "terminate_idle" ? "closed in order" : "refused");
  const std::string queued =
      drill.waiting > 0 ? fmt::format(" ({} of the cut ones had not been accepted)", drill.waiting) : "";
  run.say("terminate", fmt::format("{} {}{}; {}", what, counts, queued, exit));
}

Result<void> terminate(Run& run) {
  const plan::Plan plan = plan::core_plan(run.live.finished(), {});
  bool first = true;
  std::string unsteady;
  for (const plan::PlannedExperiment& planned : plan.experiments) {
    if (planned.form != "drill") continue;
    const bool asked = run.request.asks_for(planned.key);
    if (!asked || (!first && run.beyond_budget(planned.estimate))) {
      run.observe(record::ExperimentLeftOut{planned.key, asked ? "budget" : "not asked for (--only)", true});
      continue;
    }
    run.status("terminate", planned.key);
    // Who did not get steady for the first drill is not waited for again.
    if (unsteady.empty()) unsteady = PL_TRY(ready(run, first));
    if (!unsteady.empty()) {
      run.observe(record::ExperimentLeftOut{planned.key, unsteady, true});
      continue;
    }
    first = false;
    for (const Drill& drill : kDrills) {
      if (drill.fault == planned.fault) PL_TRY(drill.make(run, planned));
    }
  }
  return {};
}

}  // namespace pl::engine

#pragma once
#include "base/result.h"
#include "engine/state.h"
#include "plan/plan.h"
#include "record/kinds.h"

namespace pl::engine {

/// How long a hold is.
struct HoldLength {
  Ns first = 0;  ///< It may end here, where the procedure sees no reason to go on.
  Ns most = 0;
  Ns longest = 0;   ///< Where its effect is still unfolding at `most`; less than that: never.
  Ns patience = 0;  ///< Where customers hang at its end; 0: it ends. The trial is the longer hold then.
};

/// The trial of a hold: control window, fault, watch for recovery; written to the log. `form` is "hold" or "patience".
Result<void> hold_trial(Run& run, const plan::PlannedExperiment& experiment, const std::string& form,
                        const HoldLength& length);
/// The trial of a switchback: the fault on and off in blocks.
Result<void> switchback_trial(Run& run, const plan::PlannedExperiment& experiment);
/// The trial of a restart: killed right after acknowledged writes, away for a time, started again; then the writes are
/// read back.
Result<void> restart_trial(Run& run, const plan::PlannedExperiment& experiment);

/// Trials of an experiment until every cell is decided or nothing more is to be tried, as people see it: begun,
/// decided, or aborted by the user. `place` stands before its line.
Result<void> make_experiment(Run& run, const plan::PlannedExperiment& experiment, const std::string& place);
/// The long hold of all dependencies that customers did not miss, halved where it has an effect.
Result<void> hold_together(Run& run);
/// Refuses two parts at once, of which customers missed neither alone.
Result<void> refuse_pairs(Run& run);

/// Brings the application into the steady state, by starting it afresh where 30 s of waiting do not. Empty: it is
/// steady; else why it is not, in words for the report.
Result<std::string> isolate(Run& run);
/// The control window, 4 s before the fault in which nothing is done; 2 s of them lie before the trial's beginning. A
/// longer hold ("patience") asks only for waits, and has the control windows of those before it.
Result<void> control(Run& run, record::TrialEnded& trial);
/// A trial with the experiment's names, numbered after those made before.
record::TrialEnded begin_trial(Run& run, const plan::PlannedExperiment& experiment, const std::string& form);
/// Waits for recovery after the fault's end, and writes the trial. Starts the application afresh where it has ended.
Result<void> end_trial(Run& run, record::TrialEnded trial);
/// Reads the newest acknowledged writes of each journey back, at most `most`; what is missing was lost by the
/// experiment.
Result<void> read_writes_back(Run& run, const std::string& key, std::size_t most);

}  // namespace pl::engine

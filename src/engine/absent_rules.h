#pragma once
#include "base/time.h"

namespace pl::engine {

/// How long a start without a dependency is watched.
struct AbsentLimits {
  Ns watch = 0;     ///< From the first connect that was refused: for an answer, and for an end after an answer.
  Ns idle = 0;      ///< From the first answer, where no connect was refused.
  Ns tries = 0;     ///< From the start: for a first connect, or an answer without one.
  Ns comes_up = 0;  ///< For an answer after the dependency is back.
};
/// An application that usually takes long to start is waited for longer. `usual`: from the start of its command to its
/// first answer; 0: not known.
AbsentLimits absent_limits(Ns usual);

/// What was seen of a start without a dependency. Times are the run's; 0: it has not been, or is not so now.
struct AbsentSeen {
  Ns started = 0;
  Ns answered = 0;           ///< First answer.
  Ns refused = 0;            ///< First connect of the program's that was refused.
  Ns refused_any = 0;        ///< The same by whoever has the program's executable, such as a migration before it.
  bool program_any = false;  ///< The program was started.
  Ns program_gone = 0;       ///< Since then no process of the program runs.
  Ns command_gone = 0;       ///< Since then the command does not run.
  bool command_failed = false;
  bool anything_runs = true;  ///< The command, or a part that it has started.
};

enum class AbsentStep {
  watch,           ///< Nothing is known yet.
  starts,          ///< It answers, and has not ended since.
  gives_up,        ///< The program has ended.
  gives_up_early,  ///< The command has ended before the program was started.
  waits,           ///< It runs, does not answer, and was refused: the dependency may come back.
  not_asked,       ///< It runs, does not answer, and did not ask for the dependency.
  ends_unasked,    ///< The command has ended before anybody was refused: for another reason.
};
/// What the drill does next. An answer alone decides nothing: a program may listen first, ask for its dependency a few
/// times and end then.
AbsentStep absent_step(const AbsentSeen& seen, const AbsentLimits& limits, Ns now);

}  // namespace pl::engine

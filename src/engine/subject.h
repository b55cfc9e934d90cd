#pragma once
#include <string>

#include "base/result.h"
#include "engine/state.h"

namespace pl::engine {

/// Starts the application's command, and waits until it answers at its customers' address, which is then known. The
/// errors say what a user needs: its last words, and what to change.
Result<void> start_subject(Run& run);
/// Ends whatever of the application still runs: TERM first, then KILL.
Result<void> end_subject(Run& run);
/// The last end, whatever became of the run: TERM and a few seconds, so that what the application keeps on disk (lock
/// files, a database of its own) is left in order. Whatever stays is killed with the sandbox.
void part_from_subject(Run& run);
/// Ends it, and starts it afresh. Where it does not serve again, Subject::lost says why.
Result<void> restart_subject(Run& run, const std::string& why);
/// The same while nobody sends anything; afterwards the load has its usual rate again. Else who sends more than it
/// carries keeps it from ever answering.
Result<void> restart_in_quiet(Run& run, const std::string& why);
/// Its command runs, or a part of it that is no throw-away service does.
bool subject_runs(Run& run);
/// The command is the component that customers connect to, and nothing else of the application's runs: proofload can
/// start that component again as it was started.
bool restarts_alone(const Run& run, const facts::Facts& facts);
/// Whether an error of start_subject() means that the application itself does not serve, and no instrument failed.
bool stays_down(const Run& run, const Error& error);
/// SIGKILL to all of the application, services apart.
void kill_subject(Run& run);
/// Starts the command without waiting for anything.
Result<void> spawn_subject(Run& run);
/// Waits until the target answers by HTTP. False: not within the limit, or the application has ended.
Result<bool> await_target(Run& run, Ns limit);

}  // namespace pl::engine

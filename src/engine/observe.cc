#include "engine/observe.h"

#include <algorithm>

#include "engine/state.h"
#include "os/file.h"
#include "os/signals.h"
#include "sandbox/journal.h"

extern char** environ;

namespace pl::engine {
namespace {

constexpr Ns kGrace = 5 * kSec;         ///< Of the program after TERM.
constexpr Ns kLastSecond = 1200 * kMs;  ///< Until what the last second carried has been told.

/// Ends the program when the user asks to stop, as Ctrl-C would.
void await_end(sandbox::Sandbox& sandbox, pid_t pid, const os::Clock& clock) {
  Ns told = 0;
  while (sandbox.alive() && (sandbox.running(pid) || !sandbox.roots().empty())) {
    if (os::stop_requested() && told == 0) {
      told = clock.now();
      (void)sandbox.terminate(pid);
    }
    if (told > 0 && (clock.now() - told > kGrace || !sandbox.running(pid))) return;
    told > 0 ? os::sleep_for(20 * kMs) : void(os::sleep_or_stop(50 * kMs));
  }
}

}  // namespace

Result<Observed> observe(const std::vector<std::string>& argv, const std::vector<std::string>& allowed) {
  sandbox::clean_leftovers();
  Request request;
  request.config.egress = allowed;
  const Progress progress;
  const os::TempFolder folder = PL_TRY(os::TempFolder::create());
  Run run(request, progress);
  run.folder = std::make_unique<RunFolder>(PL_TRY(RunFolder::create(folder.path() + "/run", run.live.observer())));
  PL_TRY(run.start_sandbox());
  (void)run.sandbox->journal().add_folder(folder.path());
  sandbox::Spawn spawn;
  spawn.argv = argv;
  for (char** line = environ; *line != nullptr; ++line) spawn.env.emplace_back(*line);
  const pid_t pid = PL_TRY(run.sandbox->spawn(spawn));
  while (run.sandbox->running(pid) && !os::stop_requested()) {
    run.look();
    os::sleep_or_stop(100 * kMs);
  }
  await_end(*run.sandbox, pid, run.clock);
  os::sleep_for(kLastSecond);
  Observed observed;
  if (const auto status = run.sandbox->exit_status(pid)) {
    observed.exit_code = status->signal != 0 ? 128 + status->signal : std::max(status->status, 0);
  }
  run.look();
  run.stop_instruments();
  observed.facts = run.live.finished();
  return observed;
}

}  // namespace pl::engine

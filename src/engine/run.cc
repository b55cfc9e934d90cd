#include "engine/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/sha256.h"
#include "conf/load.h"
#include "engine/conclude.h"
#include "engine/stages.h"
#include "engine/state.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/signals.h"
#include "sandbox/journal.h"

namespace pl::engine {
namespace {

/// A stage: what it is called, what it does, and whether a run makes sense without it.
struct Stage {
  std::string_view name;
  Result<void> (*work)(Run& run);
  bool can_be_skipped;
};

constexpr Stage kStages[] = {
    // The application runs, unmodified, and what it depends on is seen.
    {"start", start, false},
    // From here on it is known what customers do.
    {"discover", discover, false},
    // From here on it is known what is usual: every cell is compared with it.
    {"steady", steady, false},
    // Nothing is broken yet: what it shows to whoever asks, and what lies in its files.
    {"probe", probe, true},
    // One fault at a time; the application is brought back to its steady state before each.
    {"chaos", chaos, true},
    // Nothing is broken any more: what was acknowledged must be there.
    {"writes", read_back, true},
    // Last, because nothing need come back after it.
    {"terminate", terminate, true},
};

Result<void> check_skipped(const Request& request) {
  for (const std::string& name : request.skip) {
    const auto stage = std::ranges::find(kStages, name, &Stage::name);
    if (stage != std::end(kStages) && stage->can_be_skipped) continue;
    return fail(
        Errc::usage,
        fmt::format("--skip {}: no stage that can be skipped; those are probe, chaos, writes, terminate", name));
  }
  return {};
}

void begin(Run& run) {
  const Request& request = run.request;
  record::RunStarted started;
  started.version = kVersion;
  started.name = run.folder->name();
  started.subject = request.subject;
  started.argv = request.argv;
  started.wall_time = os::wall_time();
  started.seed = static_cast<std::int64_t>(request.seed);
  started.uid = static_cast<std::int64_t>(::getuid());
  started.cores = os::core_count();
  started.kernel = os::kernel_name();
  started.config = conf::to_json(request.config, run.hash_key);
  started.repeat = request.repeat;
  started.budget = request.budget;
  run.observe(started);
}

Result<void> make_stages(Run& run) {
  for (const Stage& stage : kStages) {
    if (std::ranges::find(run.request.skip, stage.name) != run.request.skip.end()) {
      run.observe(record::StageEnded{std::string(stage.name), 0, "skipped"});
      continue;
    }
    const Ns from = run.clock.now();
    const Result<void> made = stage.work(run);
    run.observe(
        record::StageEnded{std::string(stage.name), run.clock.now() - from, made ? "" : made.error().message()});
    if (!made) return made;
  }
  return {};
}

/// Ends everything, and says in the log how the run ended.
void end(Run& run, const Result<void>& made) {
  const bool interrupted = !made && made.error().code == Errc::interrupted;
  if (made) place_graph(run);
  run.stop_instruments();
  if (!made) place_graph(run);
  run.observe(record::RunEnded{made          ? "complete"
                               : interrupted ? "interrupted"
                                             : "failed",
                               made ? "" : made.error().message()});
}

/// The exit code of a run whose stages failed is the failure's own.
int exit_code_of(const Result<void>& made, const report::Report& report) {
  return made ? report.exit_code : error_row(made.error().code).exit_code;
}

}  // namespace

Result<Outcome> run(const Request& request, const Progress& progress) {
  PL_TRY(check_skipped(request));
  sandbox::clean_leftovers();
  Run run(request, progress);
  run.folder = std::make_unique<RunFolder>(PL_TRY(RunFolder::create(request.out, run.live.observer())));
  begin(run);
  const Result<void> made = make_stages(run);
  end(run, made);
  if (const auto error = run.folder->log().error()) return std::unexpected(*error);
  if (!made && exit_code_of(made, {}) == 2) {
    run.folder->discard();
    return std::unexpected(made.error());
  }
  Outcome outcome{.folder = run.folder->path(), .report = PL_TRY(conclude(*run.folder, request.key))};
  outcome.exit_code = exit_code_of(made, outcome.report);
  if (!made) outcome.error = made.error().message();
  return outcome;
}

}  // namespace pl::engine

#include "engine/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/sha256.h"
#include "conf/load.h"
#include "engine/conclude.h"
#include "engine/stages.h"
#include "engine/state.h"
#include "engine/subject.h"
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
  bool required = true;  ///< Without it the verdict is open.
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
    // The application runs twice, and is started afresh after it.
    {"instances", second_instance, true, false},
    // The application may be driven beyond what it carries from here on.
    {"capacity", capacity, true, false},
    // The application's own database, as it is and with more rows in it.
    {"grow", grow, true, false},
    // Last, because nothing need come back after them.
    {"terminate", terminate, true},
    {"absent", absent, true, false},
};

constexpr const char* kFinished = "stopped by the user";

Result<void> check_skipped(const Request& request) {
  for (const std::string& name : request.skip) {
    const auto stage = std::ranges::find(kStages, name, &Stage::name);
    if (stage != std::end(kStages) && stage->can_be_skipped) continue;
    return fail(
        Errc::usage,
        fmt::format("--skip {}: no stage that can be skipped; there are probe, chaos, writes, instances, capacity, "
                    "grow, terminate, absent",
                    name));
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
  started.uid = os::user_id();
  started.cores = os::core_count();
  started.kernel = os::kernel_name();
  started.config = conf::to_json(request.config, run.hash_key);
  started.repeat = request.repeat;
  started.budget = request.budget;
  started.folder = request.folder;
  started.file = request.config.file;
  started.full = request.full;
  run.observe(started);
}

void end_stage(Run& run, const Stage& stage, Ns elapsed, const std::string& note) {
  run.observe(record::StageEnded{std::string(stage.name), elapsed, note});
  if (run.progress.ended) run.progress.ended(stage.name, elapsed, note);
}

Result<void> make_stages(Run& run) {
  std::string enough;  ///< Why nothing more is made; empty: it is.
  for (const Stage& stage : kStages) {
    const bool skipped = std::ranges::find(run.request.skip, stage.name) != run.request.skip.end();
    if (skipped && stage.required) {
      run.observe(record::ExperimentLeftOut{fmt::format("stage {}", stage.name), "skipped (--skip)", true});
    }
    if (skipped || !enough.empty()) {
      end_stage(run, stage, 0, skipped ? "skipped" : enough);
      continue;
    }
    if (run.progress.begun) run.progress.begun(stage.name);
    const Ns from = run.clock.now();
    Result<void> made = stage.work(run);
    // Whatever failed after the user asked to stop failed because of that.
    if (!made && os::stop_requested()) made = fail(Errc::interrupted, "stopped by the user");
    end_stage(run, stage, run.clock.now() - from, made ? "" : made.error().message());
    if (made) continue;
    if (run.is_cut(made.error(), Run::Cut::rest)) enough = kFinished;
    // What was measured before it was lost is worth a verdict.
    const bool lost = !run.subject.lost.empty();
    if (lost && !run.look().trials.empty()) enough = "the application does not start any more: " + run.subject.lost;
    if (enough.empty()) return made;
    leave_out_rest(run, enough);
  }
  return {};
}

/// Ends everything, and says in the log how the run ended.
void end(Run& run, const Result<void>& made) {
  const bool interrupted = !made && made.error().code == Errc::interrupted;
  if (made) place_graph(run);
  if (run.load) run.load->stop();
  part_from_subject(run);
  run.stop_instruments();
  if (!made) place_graph(run);
  run.observe(record::RunEnded{made          ? "complete"
                               : interrupted ? "interrupted"
                                             : "failed",
                               !made                       ? made.error().message()
                               : run.cut == Run::Cut::rest ? "finished early: stopped by the user"
                               : !run.subject.lost.empty() ? "finished early: " + run.subject.lost
                                                           : ""});
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

#include <fmt/format.h>

#include "engine/drills.h"
#include "engine/harmless.h"
#include "engine/kept_connections.h"

namespace pl::engine {
namespace {

constexpr Ns kExit = 5 * kSec;  ///< After the last answer.
constexpr Ns kStep = 20 * kMs;

http::ClientRequest harmless(const Run& run, const facts::Facts& facts) {
  http::ClientRequest request;
  if (auto made = harmless_request(run, facts, -1)) {
    request.target = std::move(made->target);
    request.headers = std::move(made->headers);
  }
  request.headers.insert(request.headers.begin(), {"Host", run.subject.host});
  return request;
}

}  // namespace

Result<void> drill_kept(Run& run, const plan::PlannedExperiment& planned) {
  record::DrillEnded drill{.key = planned.key, .drill = "terminate_idle", .component = planned.component};
  const pid_t root = root_of(run, planned);
  Ns signalled = 0;
  const auto signal = [&]() -> Result<void> {
    signalled = run.clock.now();
    return run.sandbox->terminate(root);
  };
  const KeptConnections seen =
      PL_TRY(ask_kept(run.clock, run.subject.target, harmless(run, run.look()), signal, [&] { return run.pause(0); }));
  if (seen.kept == 0) {
    run.observe(record::ExperimentLeftOut{planned.key, "it keeps no connection open after an answer", false});
    return {};
  }
  PL_TRY(run.wait_until([&](const facts::Facts&) { return !run.sandbox->running(root); }, kExit, kStep));
  PL_TRY(run.pause(200 * kMs));
  drill.drained = seen.answered;
  drill.refused = seen.closed;
  drill.cut = seen.lost;
  drill.result = seen.lost > 0 ? "cut" : "drained";
  end_drill(run, root, signalled, "kept connections", std::move(drill));
  return {};
}

}  // namespace pl::engine

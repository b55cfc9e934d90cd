#include "engine/stages.h"
#include "engine/trial.h"
#include "facts/losses.h"
#include "plan/together.h"

namespace pl::engine {
namespace {

constexpr std::size_t kMost = 4;  ///< Pairs without --full: each takes as long as another experiment.

}  // namespace

Result<void> refuse_pairs(Run& run) {
  const facts::Facts facts = run.live.finished();
  std::vector<std::vector<std::int64_t>> pairs =
      plan::groups_asked_for(facts.topology, run.request.only, "refuse_pair");
  if (pairs.empty()) pairs = facts::open_pairs(facts);
  std::size_t made = 0;
  for (const std::vector<std::int64_t>& edges : pairs) {
    const plan::PlannedExperiment planned = plan::refuse_pair(facts.topology, edges);
    if (!run.request.asks_for(planned.key)) continue;
    const bool enough = made >= kMost && !run.request.full;
    if (enough || run.beyond_budget(planned.estimate)) {
      run.observe(
          record::ExperimentLeftOut{planned.key, enough ? "only the first pairs, without --full" : "budget", false});
      continue;
    }
    ++made;
    PL_TRY(make_experiment(run, planned, "both lost"));
  }
  return {};
}

}  // namespace pl::engine

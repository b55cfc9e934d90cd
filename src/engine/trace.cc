#include <algorithm>

#include "engine/prober.h"
#include "engine/stages.h"
#include "facts/flows.h"

namespace pl::engine {
namespace {

constexpr std::int64_t kUser = 990'001;  ///< Neither the load nor a probe has this user number.
constexpr std::int64_t kRounds = 5;      ///< How often each journey is made.
constexpr Ns kAfterwards = 20 * kMs;     ///< For what an application does after it has answered.

/// Journeys that write come first, so that the others find what was written.
std::vector<std::size_t> writers_first(const std::vector<conf::Journey>& journeys) {
  const auto writes = [&](std::size_t i) {
    return std::ranges::count_if(journeys[i].steps, [](const conf::Step& step) { return step.method != "GET"; });
  };
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < journeys.size(); ++i) order.push_back(i);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return writes(a) > writes(b); });
  return order;
}

/// Makes a journey once and tells its statements; false where it failed on its way.
Result<bool> trace_one(Run& run, Prober& prober, std::size_t index, std::int64_t user, std::int64_t round) {
  const conf::Journey& journey = run.journeys[index];
  run.relay->trace_statements(-1, 0);
  const Walked walked = PL_TRY(prober.walk(static_cast<std::int64_t>(index), journey, user, journey.steps.size()));
  PL_TRY(run.pause(kAfterwards));
  run.relay->trace_statements(walked.whole() ? static_cast<std::int64_t>(index) : -1, round);
  return walked.whole();
}

}  // namespace

Result<void> trace_statements(Run& run, Ns most) {
  if (!facts::speaks(run.look().topology, "postgres")) return {};
  run.status("steady", "the database statements of each journey, made by one user");
  Prober prober(run);
  const std::vector<std::size_t> order = writers_first(run.journeys);
  std::int64_t user = kUser;
  // Where accounts are given and not made, the load's first user has one.
  if (!PL_TRY(trace_one(run, prober, order.front(), user, 0))) user = 1;
  const Ns end = run.clock.now() + most;
  for (std::int64_t round = 0; round < kRounds && run.clock.now() < end; ++round) {
    for (const std::size_t index : order) PL_TRY(trace_one(run, prober, index, user, round));
  }
  return {};
}

}  // namespace pl::engine

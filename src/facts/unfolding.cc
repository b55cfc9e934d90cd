#include <algorithm>

#include "facts/flows.h"
#include "facts/judge.h"
#include "facts/procedure.h"
#include "facts/samples.h"

namespace pl::facts {
namespace {

constexpr Ns kLastPart = 3 * kSec;      ///< Of a hold: what began within it has not shown yet what it becomes.
constexpr std::ptrdiff_t kBegun = 2;    ///< Answers; one may be chance.
constexpr std::int64_t kPiledUp = 20;   ///< Connections; fewer are a pool of a usual size.
constexpr std::int64_t kTimesOpen = 3;  ///< As many as when the fault began.
constexpr std::int64_t kStillMore = 3;  ///< Within the last part.

bool faulted(const Edge& edge, const record::TrialEnded& trial) {
  return edge.id == trial.edge || std::ranges::find(trial.edges, edge.id) != trial.edges.end() ||
         (trial.component >= 0 && edge.to == trial.component);
}

bool piles_up(const Edge& edge, Ns fault_from, Ns now) {
  const std::int64_t before = open_at(edge, fault_from), open = open_at(edge, now);
  return open >= std::max(kPiledUp, kTimesOpen * before) && open - open_at(edge, now - kLastPart) >= kStillMore;
}

/// All its answers were same until the last part, and some are not in it.
bool begins_to_fail(const std::vector<Sample>& samples, Ns now) {
  const auto failed = [](const Sample& sample) { return sample.answer != AnswerClass::same; };
  const auto first = std::ranges::find_if(samples, failed);
  return first != samples.end() && first->intended >= now - kLastPart &&
         std::ranges::count_if(samples, failed) >= kBegun;
}

}  // namespace

bool unfolding(const Facts& facts, const record::TrialEnded& trial, Ns now) {
  const auto fills = [&](const Edge& edge) {
    return !edge.setup && !faulted(edge, trial) && piles_up(edge, trial.fault_from, now);
  };
  if (std::ranges::any_of(facts.topology.edges, fills)) return true;
  const MachineView machine(facts);
  const auto all = samples_of(facts, machine, {.from = trial.fault_from, .to = now}, {});
  return std::ranges::any_of(all, [&](const auto& samples) { return begins_to_fail(samples, now); });
}

bool hangs_so_far(const Facts& facts, const record::TrialEnded& trial, Ns now, std::span<const OpenIteration> open) {
  record::TrialEnded ending = trial;
  ending.fault_to = ending.watched_to = now;
  const MachineView machine(facts);
  const auto all = samples_of(facts, machine, {.from = trial.control_from, .to = now}, open);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Journey& journey = facts.journeys[i];
    if (journey.steady.good && measure_hold(ending, journey, all[i]).counts.hanging >= kHangingYes) return true;
  }
  return false;
}

}  // namespace pl::facts

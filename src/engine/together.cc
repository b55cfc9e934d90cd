#include "plan/together.h"

#include <algorithm>
#include <deque>

#include "engine/stages.h"
#include "engine/trial.h"
#include "facts/procedure.h"

namespace pl::engine {
namespace {

constexpr std::size_t kMostHolds = 9;  ///< A group of four, its halves and quarters, and two more.

/// The edges to begin with: those that customers did not miss, or what was named by its whole key.
std::deque<std::vector<std::int64_t>> first_groups(const Run& run, const facts::Facts& facts) {
  std::deque<std::vector<std::int64_t>> groups;
  for (auto& group : plan::groups_asked_for(facts.topology, run.request.only, "refuse_long"))
    groups.push_back(std::move(group));
  if (!groups.empty()) return groups;
  std::vector<std::int64_t> edges = plan::not_missed(facts);
  std::erase_if(
      edges, [&](std::int64_t edge) { return !run.request.asks_for(plan::hold_together(facts.topology, {edge}).key); });
  if (!edges.empty()) groups.push_back(std::move(edges));
  return groups;
}

}  // namespace

Result<void> hold_together(Run& run) {
  const facts::Facts facts = run.live.finished();
  std::deque<std::vector<std::int64_t>> groups = first_groups(run, facts);
  for (std::size_t made = 0; !groups.empty(); ++made) {
    const std::vector<std::int64_t> group = std::move(groups.front());
    groups.pop_front();
    const plan::PlannedExperiment planned = plan::hold_together(facts.topology, group);
    if (made >= kMostHolds || run.beyond_budget(planned.estimate)) {
      const char* why = made >= kMostHolds ? "the group was halved often enough" : "budget";
      run.observe(record::ExperimentLeftOut{planned.key, why, false});
      continue;
    }
    PL_TRY(make_experiment(run, planned, "long hold"));
    const facts::Experiment decided = facts::decide(run.look(), planned.key, run.open());
    const bool changed = std::ranges::any_of(decided.cells, [](const facts::Cell& cell) {
      return cell.state == facts::Cell::State::decided && cell.headline != facts::Outcome::unaffected;
    });
    if (!changed || group.size() == 1) continue;
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
    groups.emplace_back(group.begin(), middle);
    groups.emplace_back(middle, group.end());
  }
  return {};
}

}  // namespace pl::engine

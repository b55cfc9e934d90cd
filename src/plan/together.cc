#include "plan/together.h"

#include <fmt/core.h>

#include <algorithm>

#include "facts/flows.h"

namespace pl::plan {
namespace {

constexpr Ns kLong = 30 * kSec;
constexpr Ns kShort = 5 * kSec;
constexpr Ns kAround = 8 * kSec;  ///< Control and recovery.
constexpr std::string_view kFault = "refuse_long";

bool decided_unaffected(const facts::Cell& cell) {
  return cell.state == facts::Cell::State::decided && cell.headline == facts::Outcome::unaffected;
}

/// The experiment takes the edge away, alone or with all others that lead to its component.
bool takes_away(const facts::Experiment& experiment, const facts::Edge& edge) {
  if (facts::slows(experiment.fault) || !experiment.edges.empty()) return false;
  return experiment.edge == edge.id || (experiment.edge < 0 && experiment.component == edge.to && edge.to >= 0);
}

/// A journey used it when it ran alone, or somebody has since the first experiment: what is cached for a while is asked
/// for only when it has run out.
bool in_use(const facts::Facts& facts, const facts::Edge& edge) {
  const Ns begin = facts.trials.empty() ? 0 : facts.trials.front().value.control_from;
  const auto since = edge.exchanges_by_second.lower_bound(begin / kSec);
  if (!facts.trials.empty() && since != edge.exchanges_by_second.end()) return true;
  return std::ranges::any_of(facts.journeys, [&](const facts::Journey& journey) {
    return journey.steady.good && std::ranges::find(journey.uses, edge.id) != journey.uses.end();
  });
}

/// The edges as a key spells them, and as people do.
std::pair<std::string, std::string> spelled(const facts::Topology& topology, const std::vector<std::int64_t>& edges,
                                            std::string_view between) {
  std::string keys, names;
  for (const std::int64_t edge : edges) {
    if (!keys.empty()) {
      keys += '+';
      names += between;
    }
    keys += edge_key(topology, edge);
    names += topology.edges[static_cast<std::size_t>(edge)].name;
  }
  return {keys, names};
}

}  // namespace

std::vector<std::int64_t> not_missed(const facts::Facts& facts) {
  std::vector<std::int64_t> result;
  for (const facts::Edge& edge : facts.topology.edges) {
    bool refused = false, missed = false;
    for (const facts::Experiment& experiment : facts.experiments) {
      if (!takes_away(experiment, edge)) continue;
      refused = refused || (experiment.fault == "refuse" && !experiment.cells.empty());
      missed = missed || !std::ranges::all_of(experiment.cells, decided_unaffected);
    }
    if (refused && !missed && !edge.setup && in_use(facts, edge)) result.push_back(edge.id);
  }
  return result;
}

PlannedExperiment hold_together(const facts::Topology& topology, const std::vector<std::int64_t>& edges) {
  const auto [keys, names] = spelled(topology, edges, ", ");
  PlannedExperiment experiment{.key = fmt::format("chaos.{}.{}", keys, kFault),
                               .hypothesis = fmt::format("What answers for {} lasts for 30 s too.", names),
                               .fault = "refuse",
                               .form = "hold",
                               .length = kLong,
                               .estimate = kLong + kAround};
  if (edges.size() == 1) experiment.edge = edges[0];
  if (edges.size() > 1) experiment.edges = edges;
  return experiment;
}

PlannedExperiment refuse_pair(const facts::Topology& topology, const std::vector<std::int64_t>& edges) {
  const auto [keys, names] = spelled(topology, edges, " and ");
  return {.key = fmt::format("chaos.{}.refuse_pair", keys),
          .hypothesis = fmt::format("Customers are served without {} at once, as without each of them.", names),
          .fault = "refuse",
          .edges = edges,
          .form = "hold",
          .length = kShort,
          .estimate = kShort + kAround,
          .core = false};
}

std::vector<std::vector<std::int64_t>> groups_asked_for(const facts::Topology& topology,
                                                        const std::vector<std::string>& only, std::string_view fault) {
  constexpr std::string_view kBegin = "chaos.";
  std::vector<std::vector<std::int64_t>> groups;
  for (const std::string& key : only) {
    if (!key.starts_with(kBegin) || !key.ends_with(fault)) continue;
    std::vector<std::int64_t> group;
    for (const facts::Edge& edge : topology.edges) {
      const std::string names = "+" + key.substr(kBegin.size(), key.size() - kBegin.size() - fault.size() - 1) + "+";
      if (!edge.setup && names.find("+" + edge_key(topology, edge.id) + "+") != names.npos) group.push_back(edge.id);
    }
    if (!group.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace pl::plan

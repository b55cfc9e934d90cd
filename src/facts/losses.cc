#include "facts/losses.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "facts/fault_words.h"
#include "facts/flows.h"
#include "facts/trial_frames.h"

namespace pl::facts {
namespace {

/// The experiment takes this part away, and nothing else.
bool takes_away(const Facts& facts, const Experiment& experiment, std::int64_t component) {
  if (!fault_words(experiment.key, experiment.fault).away || !experiment.edges.empty()) return false;
  if (experiment.edge < 0) return experiment.component == component;
  const std::vector<std::int64_t> edges = edges_to(facts.topology, component);
  return std::ranges::find(edges, experiment.edge) != edges.end();
}

void add_cells(const Facts& facts, const Experiment& experiment, std::map<std::int64_t, Loss>& worst) {
  for (const Cell& cell : experiment.cells) {
    const bool known = cell.journey >= 0 && cell.journey < static_cast<std::int64_t>(facts.journeys.size());
    if (!known || facts.journeys[static_cast<std::size_t>(cell.journey)].declared.health) continue;
    const Loss loss = loss_of(cell);
    if (loss == Loss::unknown || (loss == Loss::served && !cell.uses_target)) continue;
    Loss& seen = worst.try_emplace(cell.journey, Loss::unknown).first->second;
    seen = std::max(seen, loss);
  }
}

bool decided(const Experiment& experiment) {
  return std::ranges::any_of(experiment.cells, [](const Cell& cell) { return cell.state == Cell::State::decided; });
}

/// The edges by which the journey reaches the component.
std::vector<std::int64_t> used_edges(const Facts& facts, std::int64_t journey, std::int64_t component) {
  const std::vector<std::int64_t>& uses = facts.journeys[static_cast<std::size_t>(journey)].uses;
  std::vector<std::int64_t> edges = edges_to(facts.topology, component);
  std::erase_if(edges, [&](std::int64_t edge) { return std::ranges::find(uses, edge) == uses.end(); });
  return edges;
}

/// Pairs by their edges, with the journeys that are served without either.
using Pairs = std::map<std::vector<std::int64_t>, std::set<std::int64_t>>;

/// Parts that a journey uses both, and outlives the loss of each.
void add_outlived(const Facts& facts, const std::vector<PartLost>& lost, Pairs& pairs) {
  for (std::size_t a = 0; a < lost.size(); ++a) {
    for (std::size_t b = a + 1; b < lost.size(); ++b) {
      for (const std::int64_t journey : lost[a].served) {
        if (std::ranges::find(lost[b].served, journey) == lost[b].served.end()) continue;
        std::vector<std::int64_t> edges = used_edges(facts, journey, lost[a].component);
        const std::vector<std::int64_t> other = used_edges(facts, journey, lost[b].component);
        if (edges.empty() || other.empty()) continue;
        edges.insert(edges.end(), other.begin(), other.end());
        std::ranges::sort(edges);
        pairs[edges].insert(journey);
      }
    }
  }
}

/// No journey sends anything there in the steady state, and in the trial's fault something was sent.
bool stands_in(const Facts& facts, const Edge& edge, const record::TrialEnded& trial) {
  const bool used = std::ranges::any_of(facts.journeys, [&](const Journey& journey) {
    return std::ranges::find(journey.uses, edge.id) != journey.uses.end();
  });
  const auto sent = edge.exchanges_by_second.lower_bound(trial.fault_from / kSec);
  return !edge.setup && !used && sent != edge.exchanges_by_second.end() && sent->first * kSec <= trial.fault_to;
}

/// A part with another one that is asked only while it is refused: a standby.
void add_stand_ins(const Facts& facts, Pairs& pairs) {
  for (const Experiment& experiment : facts.experiments) {
    if (experiment.edge < 0 || experiment.fault != "refuse") continue;
    for (const std::int64_t index : experiment.trials) {
      const record::TrialEnded& trial = facts.trials.at(static_cast<std::size_t>(index)).value;
      for (const Edge& edge : facts.topology.edges) {
        if (edge.id == experiment.edge || !stands_in(facts, edge, trial)) continue;
        for (const Cell& cell : experiment.cells) {
          if (loss_of(cell) != Loss::served || !cell.uses_target) continue;
          std::vector<std::int64_t> edges{experiment.edge, edge.id};
          std::ranges::sort(edges);
          pairs[edges].insert(cell.journey);
        }
      }
    }
  }
}

/// A hold of all these edges, or of these and others, without any effect; or of just these.
bool answered(const Facts& facts, const std::vector<std::int64_t>& edges) {
  return std::ranges::any_of(facts.experiments, [&](const Experiment& experiment) {
    const bool all = std::ranges::all_of(
        edges, [&](std::int64_t edge) { return std::ranges::find(experiment.edges, edge) != experiment.edges.end(); });
    const bool quiet =
        std::ranges::all_of(experiment.cells, [](const Cell& cell) { return loss_of(cell) == Loss::served; });
    return all && !experiment.cells.empty() && (quiet || experiment.edges.size() == edges.size());
  });
}

}  // namespace

Loss loss_of(const Cell& cell) {
  if (cell.state != Cell::State::decided) return Loss::unknown;
  if (cell.headline > Outcome::graceful) return Loss::failing;
  if (cell.headline < Outcome::graceful) return Loss::served;
  const auto graceful = std::ranges::find(cell.all, Outcome::graceful, &OutcomeCount::outcome);
  const bool most = graceful == cell.all.end() || cell.refused * 2 >= graceful->count;
  return cell.refused > 0 && most ? Loss::refused : Loss::served;
}

std::vector<PartLost> losses(const Facts& facts) {
  std::vector<PartLost> result;
  for (const Component& component : facts.topology.components) {
    if (component.id == facts.topology.entry) continue;
    PartLost part{.component = component.id};
    std::map<std::int64_t, Loss> worst;
    for (std::size_t i = 0; i < facts.experiments.size(); ++i) {
      const Experiment& experiment = facts.experiments[i];
      if (!takes_away(facts, experiment, component.id) || !decided(experiment)) continue;
      part.experiments.push_back(static_cast<std::int64_t>(i));
      add_cells(facts, experiment, worst);
      const std::vector<std::int64_t> frames = trial_frames(facts, experiment);
      part.evidence.insert(part.evidence.end(), frames.begin(), frames.end());
    }
    for (const auto& [journey, loss] : worst) {
      auto& list = loss == Loss::failing ? part.failing : loss == Loss::refused ? part.refused : part.served;
      list.push_back(journey);
    }
    if (!part.experiments.empty()) result.push_back(std::move(part));
  }
  return result;
}

std::vector<std::vector<std::int64_t>> open_pairs(const Facts& facts) {
  Pairs pairs;
  add_outlived(facts, losses(facts), pairs);
  add_stand_ins(facts, pairs);
  std::vector<std::vector<std::int64_t>> open;
  for (const auto& [edges, journeys] : pairs) {
    if (!answered(facts, edges)) open.push_back(edges);
  }
  std::ranges::stable_sort(open, std::greater<>{}, [&](const auto& edges) { return pairs[edges].size(); });
  return open;
}

}  // namespace pl::facts

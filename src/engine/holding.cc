#include "engine/holding.h"

#include <algorithm>

namespace pl::engine {
namespace {

constexpr Ns kBeforeTerm = 600 * kMs;

/// The longest wait that the silence of the edge has shown; 0: it was not tried.
Ns wait_of(const facts::Facts& facts, std::int64_t journey, std::int64_t edge) {
  Ns longest = 0;
  for (const facts::Experiment& experiment : facts.experiments) {
    if (experiment.edge != edge || experiment.fault != "silent") continue;
    for (const facts::Cell& cell : experiment.cells) {
      if (cell.journey == journey && cell.trials > 0) longest = std::max(longest, cell.longest_wait);
    }
  }
  return longest;
}

/// 0: waits long enough for TERM at the usual moment; 1: not known; 2: an own limit is shorter.
int rank(const Holding& holding) {
  if (holding.wait == 0) return 1;
  return holding.wait >= 2 * kBeforeTerm ? 0 : 2;
}

}  // namespace

Ns until_term(Ns wait) { return wait == 0 ? kBeforeTerm : std::min(kBeforeTerm, wait / 2); }

std::vector<Holding> holdings_of(const facts::Facts& facts, std::int64_t component) {
  std::vector<Holding> found;
  for (const facts::Journey& journey : facts.journeys) {
    if (!journey.steady.good || journey.declared.health) continue;
    for (const std::int64_t id : journey.uses) {
      const facts::Edge& edge = facts.topology.edges[static_cast<std::size_t>(id)];
      if (edge.setup || edge.port == 0 || edge.from != component) continue;
      const Ns wait = wait_of(facts, journey.declared.id, id);
      found.push_back({.journey = journey.declared.id, .edge = id, .wait = wait, .until_term = until_term(wait)});
    }
  }
  const auto weight = [&](const Holding& one) {
    return facts.journeys[static_cast<std::size_t>(one.journey)].declared.weight;
  };
  const auto requests = [&](const Holding& one) {
    return facts.topology.edges[static_cast<std::size_t>(one.edge)].requests;
  };
  std::ranges::stable_sort(found, [&](const Holding& a, const Holding& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (rank(a) == 2 && a.wait != b.wait) return a.wait > b.wait;
    return weight(a) != weight(b) ? weight(a) > weight(b) : requests(a) > requests(b);
  });
  return found;
}

std::set<std::int64_t> usual_when_silent(const facts::Facts& facts, const Holding& holding) {
  std::set<std::int64_t> statuses;
  for (const auto& trial : facts.trials) {
    if (trial.value.edge != holding.edge || trial.value.fault != "silent" || !trial.value.aborted.empty()) continue;
    for (const auto& seen : facts.iterations) {
      const record::Iteration& one = seen.value;
      // A limit that is longer than the drill's silence does not answer in it.
      const bool within = one.intended >= trial.value.fault_from && one.intended < trial.value.fault_to &&
                          one.done - one.intended < kHeldSilent;
      if (within && one.journey == holding.journey && one.end == record::End::complete) statuses.insert(one.status);
    }
  }
  return statuses;
}

}  // namespace pl::engine

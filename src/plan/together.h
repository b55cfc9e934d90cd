#pragma once
#include <string>
#include <vector>

#include "plan/plan.h"

/// Several parts taken away at once. The long hold of what customers did not miss (DESIGN 9, bounds of waits): a cache
/// answers through the short holds and runs dry later. And pairs: what stands in for one part may be the other. Pure
/// functions of the facts.
namespace pl::plan {

/// Edges that some journey uses and that no journey missed: refused, and not so much as silent with any effect.
std::vector<std::int64_t> not_missed(const facts::Facts& facts);
/// All those edges refused at once for 30 s. Its key ends in `refuse_long` and names each.
PlannedExperiment hold_together(const facts::Topology& topology, const std::vector<std::int64_t>& edges);
/// Two parts, by the edges that lead to them, refused at once for as long as one was. Its key ends in `refuse_pair`.
PlannedExperiment refuse_pair(const facts::Topology& topology, const std::vector<std::int64_t>& edges);
/// The edges of each group that is asked for by its whole key, as when it is repeated. `fault`: how such keys end.
std::vector<std::vector<std::int64_t>> groups_asked_for(const facts::Topology& topology,
                                                        const std::vector<std::string>& only, std::string_view fault);

}  // namespace pl::plan

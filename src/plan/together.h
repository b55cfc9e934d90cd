#pragma once
#include <string>
#include <vector>

#include "plan/plan.h"

/// The long hold of what customers did not miss (DESIGN 9, bounds of waits): a cache answers through the short holds
/// and runs dry later. Pure functions of the facts.
namespace pl::plan {

/// Edges that some journey uses and that no journey missed: refused, and not so much as silent with any effect.
std::vector<std::int64_t> not_missed(const facts::Facts& facts);
/// All those edges refused at once for 30 s. Its key ends in `refuse_long` and names each.
PlannedExperiment hold_together(const facts::Topology& topology, const std::vector<std::int64_t>& edges);
/// The edges of each group that is asked for by its whole key, as when it is repeated.
std::vector<std::vector<std::int64_t>> groups_asked_for(const facts::Topology& topology,
                                                        const std::vector<std::string>& only);

}  // namespace pl::plan

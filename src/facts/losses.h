#pragma once
#include <cstdint>
#include <vector>

#include "facts/facts.h"

/// What the loss of a part means for the journeys that use it. Pure functions of the facts.
namespace pl::facts {

/// From best to worst.
enum class Loss {
  unknown,  ///< Not tried, or not decided.
  served,   ///< Customers still get what they came for, or something useful in its place.
  refused,  ///< They are told openly that they cannot have it.
  failing,  ///< They get errors, wait, or are misled.
};

/// What a cell says, where its experiment takes a part away.
Loss loss_of(const Cell& cell);

/// One part, as the entry is not: what customers had without it, by the worst experiment that takes it away.
struct PartLost {
  std::int64_t component = -1;
  /// Journeys that use it or fail with it, health endpoints apart.
  std::vector<std::int64_t> served, refused, failing;
  std::vector<std::int64_t> experiments;  ///< Indices into Facts::experiments, the decided ones.
  std::vector<std::int64_t> evidence;     ///< Frames of their trials.
};

/// Parts that were taken away with a decided outcome, in the order of the topology.
std::vector<PartLost> losses(const Facts& facts);

/// Pairs of parts whose loss, each alone, leaves some journey served that uses both: what stands in for one may be the
/// other; and a part with what is asked only while it is refused, a standby. By the edges that lead to them, without
/// those that a hold of several edges at once has answered already; most journeys first.
std::vector<std::vector<std::int64_t>> open_pairs(const Facts& facts);

}  // namespace pl::facts

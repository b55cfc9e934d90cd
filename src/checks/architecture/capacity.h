#pragma once
#include <optional>
#include <string>
#include <vector>

#include "facts/finding.h"

namespace pl::checks {

/// What a ladder showed.
struct Capacity {
  double held = 0;    ///< Highest rate that was held, all journeys together, per second; 0: not even the first.
  double broken = 0;  ///< Lowest rate above it that was not held; 0: none was tried that broke it.
  bool limited_by_instrument = false;                       ///< The instrument, not the application, ended the ladder.
  const facts::Seen<record::CapacityStep>* step = nullptr;  ///< The step that broke it, or the last one.
  std::vector<std::int64_t> evidence;
};
/// Nothing where no such ladder was made.
std::optional<Capacity> capacity_of(const facts::Facts& facts, bool through_relay);

/// What gave out first, as a clause: "server.js uses 0.98 of a core".
std::string choke_point(const facts::Facts& facts, const Capacity& capacity);

/// The application carries less than it says that its customers do today, or less than ten times that.
std::vector<facts::Finding> capacity(const facts::Facts& facts);

}  // namespace pl::checks

#pragma once
#include <cstddef>
#include <vector>

#include "base/result.h"
#include "engine/state.h"

namespace pl::engine {

inline constexpr double kLeastRate = 0.2;  ///< Iterations per second of each journey, however slow it is.

/// What was found of how fast the journeys are: it says how often they are made and how long answers are waited for.
struct Pace {
  std::vector<double> per_second;  ///< Of each journey alone, without pause.
  std::vector<double> allowed;     ///< Of each journey alone, by the application's limit; 0: none is known.
  std::vector<Ns> longest;         ///< Longest wait of each journey alone; 0: it has no answer.

  /// Longest wait for late answers of a journey, and of any: 5 s, or twice the longest that was seen.
  Ns late(std::size_t journey) const;
  Ns late() const;
  /// Its answers take so long that it needs longer periods.
  bool slow(std::size_t journey) const;
  /// From the first departures of all journeys until as many wait at a time as always will.
  Ns settles() const;
  /// Of a journey that is looked at alone, between `least` and `most` per second.
  double alone_rate(std::size_t journey, double least, double most) const;
};

/// Waits without load until the application lets customers through again, where its last 429 said when that is. Says
/// it, and writes it to the log.
Result<void> wait_for_window(Run& run);

/// Whether the run must end soon, so that it looks for shorter.
bool short_run(const Run& run);

/// Looks for the rate that the application carries easily, and sets it as the run's. Errc::not_ready where no journey
/// was ever answered with success.
Result<Pace> find_pace(Run& run);

}  // namespace pl::engine

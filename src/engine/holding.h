#pragma once
#include <cstdint>
#include <set>
#include <vector>

#include "facts/facts.h"

namespace pl::engine {

/// The dependency is silent for that long while requests are held with it, from the requests on.
inline constexpr Ns kHeldSilent = 4 * kSec;

/// Something to hold requests with: a journey, and the dependency of a component that it waits for when that is silent.
struct Holding {
  std::int64_t journey = -1;
  std::int64_t edge = -1;
  Ns wait = 0;        ///< The journey's longest wait while the dependency was silent; 0: not known.
  Ns until_term = 0;  ///< From the requests to TERM: before the application's own limit ends the wait.
};

/// What can hold requests of the component, best first: journeys that wait long enough, the heaviest first and of their
/// dependencies the busiest; those of which the wait is not known; and then those that wait longest.
std::vector<Holding> holdings_of(const facts::Facts& facts, std::int64_t component);

/// TERM in the middle of such a wait, and soon enough.
Ns until_term(Ns wait);

/// Statuses that the journey's answers have while the dependency is silent, told to end or not: the application's own
/// limit answers so, and such an answer was not cut.
std::set<std::int64_t> usual_when_silent(const facts::Facts& facts, const Holding& holding);

}  // namespace pl::engine

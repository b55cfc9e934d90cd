#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Destinations outside the sandbox that the application tried to reach.
std::vector<facts::Finding> destinations(const facts::Facts& facts);

}  // namespace pl::checks

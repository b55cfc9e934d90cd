#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Applications that give up when a dependency is not there at their start.
std::vector<facts::Finding> start_order(const facts::Facts& facts);

}  // namespace pl::checks

#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Components without which journeys fail.
std::vector<facts::Finding> single_points(const facts::Facts& facts);

}  // namespace pl::checks

#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Journeys that fail with nothing broken.
std::vector<facts::Finding> steady(const facts::Facts& facts);

}  // namespace pl::checks

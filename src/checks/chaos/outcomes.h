#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// What customers see in each cell: one finding per experiment and outcome, its journeys together.
std::vector<facts::Finding> outcomes(const facts::Facts& facts);

}  // namespace pl::checks

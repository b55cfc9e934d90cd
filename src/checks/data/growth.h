#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Statements whose time grows with the rows.
std::vector<facts::Finding> data_growth(const facts::Facts& facts);

}  // namespace pl::checks

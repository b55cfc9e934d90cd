#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Growing tables that are read from end to end for want of an index.
std::vector<facts::Finding> missing_index(const facts::Facts& facts);

}  // namespace pl::checks

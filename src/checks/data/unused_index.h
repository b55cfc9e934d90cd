#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Indices that nothing used.
std::vector<facts::Finding> unused_index(const facts::Facts& facts);

}  // namespace pl::checks

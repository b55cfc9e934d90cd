#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Indices that another one makes needless.
std::vector<facts::Finding> doubled_index(const facts::Facts& facts);

}  // namespace pl::checks

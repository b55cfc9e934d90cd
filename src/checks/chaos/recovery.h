#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Failures that stay after the fault is gone, or recovery that takes long.
std::vector<facts::Finding> recovery(const facts::Facts& facts);

}  // namespace pl::checks

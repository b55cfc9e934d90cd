#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Health endpoints that say all is well while customers fail or wait.
std::vector<facts::Finding> misleading_health(const facts::Facts& facts);

}  // namespace pl::checks

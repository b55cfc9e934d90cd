#pragma once
#include <vector>

#include "facts/finding.h"

namespace pl::checks {

/// Connections to a dependency that grow with the load and never stop growing: no pool limit.
std::vector<facts::Finding> connections(const facts::Facts& facts);

}  // namespace pl::checks

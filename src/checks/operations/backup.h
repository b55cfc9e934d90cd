#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Databases whose backup cannot be read back whole.
std::vector<facts::Finding> backup(const facts::Facts& facts);

}  // namespace pl::checks

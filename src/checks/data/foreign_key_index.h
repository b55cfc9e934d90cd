#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Foreign keys that no index serves.
std::vector<facts::Finding> foreign_key_index(const facts::Facts& facts);

}  // namespace pl::checks

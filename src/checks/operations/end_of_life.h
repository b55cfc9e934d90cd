#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Products that are run past the end of their support, by the version they announce on the wire.
std::vector<facts::Finding> end_of_life(const facts::Facts& facts);

}  // namespace pl::checks

#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Dependencies on which the application waits without any limit of its own.
std::vector<facts::Finding> time_limits(const facts::Facts& facts);

}  // namespace pl::checks

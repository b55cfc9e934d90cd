#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Requests in flight when the application is told to end.
std::vector<facts::Finding> terminate(const facts::Facts& facts);

}  // namespace pl::checks

#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Steps that answer without their session, or show one customer what another one wrote.
std::vector<facts::Finding> access(const facts::Facts& facts);

}  // namespace pl::checks

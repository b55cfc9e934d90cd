#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Session cookies that scripts can read or other sites can send.
std::vector<facts::Finding> cookies(const facts::Facts& facts);

}  // namespace pl::checks

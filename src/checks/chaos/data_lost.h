#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Acknowledged writes that are missing or doubled when they are read back.
std::vector<facts::Finding> data_lost(const facts::Facts& facts);

}  // namespace pl::checks

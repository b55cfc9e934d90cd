#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Logging in without a limit on wrong passwords.
std::vector<facts::Finding> guessing(const facts::Facts& facts);

}  // namespace pl::checks

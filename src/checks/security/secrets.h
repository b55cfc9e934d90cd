#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Secrets in the application's files; those that were seen on an edge are confirmed to be in use.
std::vector<facts::Finding> secrets(const facts::Facts& facts);

}  // namespace pl::checks

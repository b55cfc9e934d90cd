#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Error answers that show stack traces, file paths, database errors, addresses or debug pages.
std::vector<facts::Finding> internals(const facts::Facts& facts);

}  // namespace pl::checks

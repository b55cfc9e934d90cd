#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Applications that show nobody what they do: no output, no metrics.
std::vector<facts::Finding> visibility(const facts::Facts& facts);

}  // namespace pl::checks

#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Pages without the header fields that tell browsers to be strict.
std::vector<facts::Finding> headers(const facts::Facts& facts);

}  // namespace pl::checks

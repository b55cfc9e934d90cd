#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Components that listen on every interface, customers' entry apart.
std::vector<facts::Finding> exposure(const facts::Facts& facts);

}  // namespace pl::checks

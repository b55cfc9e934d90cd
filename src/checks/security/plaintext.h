#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Connections in clear to somewhere that is not this machine.
std::vector<facts::Finding> plaintext(const facts::Facts& facts);

}  // namespace pl::checks

#pragma once
#include <vector>

#include "facts/finding.h"

namespace pl::checks {

/// What `slo` declares and the steady state, with nothing broken, does not keep: the time of 99 of 100 answers, or the
/// share that fails. Silent where nothing is declared.
std::vector<facts::Finding> promise(const facts::Facts& facts);

}  // namespace pl::checks

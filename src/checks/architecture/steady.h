#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// The last steady load period: nothing was broken in it. nullptr where there was none.
const facts::Seen<record::LoadPeriod>* steady_period(const facts::Facts& facts);

/// Journeys that fail with nothing broken.
std::vector<facts::Finding> steady(const facts::Facts& facts);

}  // namespace pl::checks

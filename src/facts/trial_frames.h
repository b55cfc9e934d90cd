#pragma once
#include <cstdint>
#include <vector>

#include "facts/facts.h"

namespace pl::facts {

/// The frames of an experiment's trials, in their order: what rests on the experiment rests on these.
std::vector<std::int64_t> trial_frames(const Facts& facts, const Experiment& experiment);

}  // namespace pl::facts

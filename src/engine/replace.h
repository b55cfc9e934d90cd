#pragma once
#include "base/result.h"
#include "engine/state.h"
#include "record/kinds.h"

namespace pl::engine {

/// A new instance, which answers at `second` already, takes the place of the one that customers are served by: all
/// requests from now on go to it, and the old one is told to end (TERM) at that moment, with requests under way. Takes
/// up to 12 s. The load's target is the new one afterwards.
Result<void> replace_first(Run& run, const Endpoint& second, record::SecondInstance& seen);

}  // namespace pl::engine

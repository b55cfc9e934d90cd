#pragma once
#include <functional>

#include "record/observation.h"

namespace pl::record {

/// Where instruments put what they see. May be called from any thread; it never blocks for long and never fails: a log
/// that cannot be written ends the run by way of the engine.
using Sink = std::function<void(Observation)>;

}  // namespace pl::record

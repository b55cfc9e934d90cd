#pragma once
#include <cstdint>

#include "base/json.h"
#include "facts/facts.h"

/// Parameters of faults, derived from what an edge was seen to carry, so that the same plan fits a database that
/// answers in a millisecond and a model that streams for seconds. Pure functions of the facts; the names are those of
/// the fault table's rows.
namespace pl::plan {

/// Latency: 200 ms more, or twice the usual time where that is 5 ms or more.
Json slow_parameters(const facts::Edge& edge);
/// Bandwidth: a quarter of the bytes per second that the edge carried in the steady state, in KB/s; null where it
/// carried nothing.
Json bandwidth_parameters(const facts::Facts& facts, const facts::Edge& edge);
/// Throttle: a quarter of the requests that waited together in the steady state (Little's law), at least one.
Json throttle_parameters(const facts::Facts& facts, const facts::Edge& edge);
/// Stall and cut: half of the mean answer, in bytes; null where nothing was answered.
Json part_of_answer(const facts::Edge& edge);

}  // namespace pl::plan

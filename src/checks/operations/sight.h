#pragma once
#include <cstdint>
#include <vector>

#include "facts/facts.h"

namespace pl::checks {

/// What can be seen of the application from outside while it works.
struct Sight {
  bool watched = false;           ///< Its output was watched under load.
  std::int64_t answered = 0;      ///< Requests of the load in that time.
  std::int64_t lines = 0;         ///< That it wrote.
  bool structured = false;        ///< Most of them are JSON objects.
  bool asked_metrics = false;     ///< /metrics was asked for.
  bool metrics = false;           ///< It answered with metrics.
  bool traced = false;            ///< Outgoing requests carried a trace context, or traces were exported.
  bool health = false;            ///< A health endpoint is among the journeys.
  std::int64_t misled = 0;        ///< Experiments in which it stayed good while customers failed.
  std::int64_t health_cells = 0;  ///< Experiments in which it was judged.
  std::vector<std::int64_t> evidence;
};
Sight sight_of(const facts::Facts& facts);

}  // namespace pl::checks

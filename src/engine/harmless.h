#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "engine/state.h"
#include "load/journey.h"

namespace pl::engine {

/// A request that anybody may make: the first GET that begins a journey, streams apart. `through`: only of journeys
/// that ask this component when they run alone; -1: of any. Nothing where there is none.
std::optional<load::Request> harmless_request(const Run& run, const facts::Facts& facts, std::int64_t through);

/// How a customer's question reaches a component.
struct Way {
  std::string path = "/";
  bool behind = false;  ///< Customers do not connect to it but to a front, which says itself that it is away.
};
Way way_to(const Run& run, const facts::Facts& facts, std::int64_t component);
/// Whether it answers within a second, whatever. 502, 503 and 504 are what a front says of a server behind it that does
/// not.
bool answers(const Run& run, const Way& way);

}  // namespace pl::engine

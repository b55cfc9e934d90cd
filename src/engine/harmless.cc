#include "engine/harmless.h"

#include <algorithm>

#include "engine/probe.h"

namespace pl::engine {
namespace {

constexpr Ns kProbe = kSec;

}  // namespace

std::optional<load::Request> harmless_request(const Run& run, const facts::Facts& facts, std::int64_t through) {
  const auto asks = [&](const facts::Journey& journey) {
    return through < 0 ||
           std::ranges::any_of(
               journey.uses,
               [&](std::int64_t edge) { return facts.topology.edges[static_cast<std::size_t>(edge)].to == through; });
  };
  for (const facts::Journey& journey : facts.journeys) {
    const auto index = static_cast<std::size_t>(journey.declared.id);
    if (!journey.steady.good || facts::streams(journey) || !asks(journey) || index >= run.journeys.size()) continue;
    const auto plan = load::compile(run.journeys[index]);
    if (plan && plan->steps.front().method == "GET") return plan->steps.front().request({{"user", "1"}, {"n", "1"}});
  }
  return std::nullopt;
}

Way way_to(const Run& run, const facts::Facts& facts, std::int64_t component) {
  Way way{.behind = component != facts.topology.entry};
  if (!way.behind) return way;
  if (const auto request = harmless_request(run, facts, component)) way.path = request->target;
  return way;
}

bool answers(const Run& run, const Way& way) {
  const auto status = http_status(run.clock, run.subject.target, run.subject.host, way.path, kProbe);
  return status && !(way.behind && (*status == 502 || *status == 503 || *status == 504));
}

}  // namespace pl::engine

#include "checks/architecture/connections.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

constexpr std::int64_t kMany = 40;  ///< Fewer are a pool of a usual size.
constexpr double kGrew = 2;         ///< Times what they were at the ladder's first step.

}  // namespace

std::vector<facts::Finding> connections(const facts::Facts& facts) {
  const facts::Seen<record::CapacityStep>*first = nullptr, *most = nullptr;
  for (const auto& step : facts.capacity) {
    if (!step.value.through_relay || step.value.connections == 0) continue;
    if (first == nullptr || step.value.offered < first->value.offered) first = &step;
    if (most == nullptr || step.value.connections > most->value.connections) most = &step;
  }
  if (first == nullptr || first == most || first->value.connections_edge != most->value.connections_edge) return {};
  const std::int64_t before = first->value.connections, after = most->value.connections;
  if (after < kMany || static_cast<double>(after) < kGrew * static_cast<double>(before)) return {};
  const std::string& edge = most->value.connections_edge;
  facts::Finding finding =
      begin_finding("architecture.connections", facts::Checkpoint::architecture, edge, facts::Severity::warning);
  finding.title = fmt::format("Connections to {} grow with the load: {} at {:.0f} journeys per second, {} at {:.0f}.",
                              edge, before, first->value.offered, after, most->value.offered);
  finding.why = "A server accepts a limited number; beyond it everybody is refused, also those who did not cause it.";
  finding.remedy =
      fmt::format("Limit the pool of connections to {}, and let what does not fit wait a short time", edge);
  finding.numbers = {{"connections", static_cast<double>(after), "", 1}};
  finding.command = repeat_command(facts, "");
  add_evidence(finding, {first->id, most->id});
  return {finding};
}

}  // namespace pl::checks

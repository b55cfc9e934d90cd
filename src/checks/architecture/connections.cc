#include "checks/architecture/connections.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"
#include "facts/flows.h"

namespace pl::checks {
namespace {

constexpr std::int64_t kMany = 40;  ///< Fewer are a pool of a usual size.
constexpr double kGrew = 2;         ///< Times what they were in the steady state.

/// Open connections of the edge of that name; what a start-up helper had does not count, as on the ladder.
std::int64_t usual(const facts::Facts& facts, const std::string& name, Ns at) {
  std::int64_t most = 0;
  for (const facts::Edge& edge : facts.topology.edges) {
    if (!edge.setup && edge.name == name) most = std::max(most, facts::open_at(edge, at));
  }
  return most;
}

}  // namespace

std::vector<facts::Finding> connections(const facts::Facts& facts) {
  const facts::Seen<record::CapacityStep>* most = nullptr;
  for (const auto& step : facts.capacity) {
    if (!step.value.through_relay || step.value.connections == 0) continue;
    if (most == nullptr || step.value.connections > most->value.connections) most = &step;
  }
  const auto* steady = facts::steady_period(facts);
  if (most == nullptr || steady == nullptr) return {};
  const std::string& name = most->value.connections_edge;
  const std::int64_t before = usual(facts, name, steady->value.to), after = most->value.connections;
  if (after < kMany || static_cast<double>(after) < kGrew * static_cast<double>(before)) return {};
  facts::Finding finding =
      begin_finding("architecture.connections", facts::Checkpoint::architecture, name, facts::Severity::warning);
  finding.title =
      fmt::format("Connections to {} grow with the load: {} at {:.0f} journeys per second, {} at {:.0f}.", name, before,
                  steady->value.rate * static_cast<double>(facts.journeys.size()), after, most->value.offered);
  finding.why = "A server accepts a limited number; beyond it everybody is refused, also those who did not cause it.";
  finding.remedy =
      fmt::format("Limit the pool of connections to {}, and let what does not fit wait a short time", name);
  finding.numbers = {{"connections", static_cast<double>(after), "", 1}};
  finding.command = repeat_command(facts, "");
  add_evidence(finding, {steady->id, most->id});
  return {finding};
}

}  // namespace pl::checks

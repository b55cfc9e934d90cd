#include <algorithm>

#include "checks/architecture/capacity.h"
#include "checks/architecture/connections.h"
#include "checks/architecture/single_points.h"
#include "checks/architecture/steady.h"
#include "checks/chaos/data_lost.h"
#include "checks/chaos/misleading_health.h"
#include "checks/chaos/outcomes.h"
#include "checks/chaos/recovery.h"
#include "checks/chaos/time_limits.h"
#include "checks/checks.h"
#include "checks/operations/terminate.h"
#include "checks/security/destinations.h"
#include "checks/security/exposure.h"

namespace pl::checks {
namespace {

using facts::Checkpoint;

constexpr facts::CheckRow kChecks[] = {
    {"architecture.steady", Checkpoint::architecture, "Journeys that fail with nothing broken.", steady},
    {"architecture.single_points", Checkpoint::architecture, "Components without which journeys fail.", single_points},
    {"architecture.capacity", Checkpoint::architecture, "How much it carries, against what customers do.", capacity},
    {"architecture.connections", Checkpoint::architecture, "Connections that grow with the load.", connections},
    {"security.destinations", Checkpoint::security, "Destinations outside the sandbox.", destinations},
    {"security.exposure", Checkpoint::security, "Components that listen on every interface.", exposure},
    {"chaos.outcomes", Checkpoint::chaos, "What customers see in each cell.", outcomes},
    {"chaos.data_lost", Checkpoint::chaos, "Acknowledged writes that are missing or doubled.", data_lost},
    {"chaos.recovery", Checkpoint::chaos, "Failures that stay after the fault.", recovery},
    {"chaos.misleading_health", Checkpoint::chaos, "Health endpoints that hide failures.", misleading_health},
    {"chaos.time_limits", Checkpoint::chaos, "Calls without a time limit of the application's own.", time_limits},
    {"operations.terminate", Checkpoint::operations, "Requests in flight on TERM.", terminate},
};

}  // namespace

std::span<const facts::CheckRow> all() { return kChecks; }

std::vector<facts::Finding> run_all(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const facts::CheckRow& row : kChecks) {
    for (facts::Finding& finding : row.run(facts)) findings.push_back(std::move(finding));
  }
  std::stable_sort(findings.begin(), findings.end(), [](const facts::Finding& a, const facts::Finding& b) {
    return a.checkpoint != b.checkpoint ? a.checkpoint < b.checkpoint : a.severity < b.severity;
  });
  return findings;
}

}  // namespace pl::checks

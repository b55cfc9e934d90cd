#include <algorithm>

#include "checks/architecture/capacity.h"
#include "checks/architecture/connections.h"
#include "checks/architecture/promise.h"
#include "checks/architecture/second_instance.h"
#include "checks/architecture/single_points.h"
#include "checks/architecture/steady.h"
#include "checks/chaos/data_lost.h"
#include "checks/chaos/misleading_health.h"
#include "checks/chaos/outcomes.h"
#include "checks/chaos/recovery.h"
#include "checks/chaos/time_limits.h"
#include "checks/checks.h"
#include "checks/data/doubled_index.h"
#include "checks/data/foreign_key_index.h"
#include "checks/data/growth.h"
#include "checks/data/missing_index.h"
#include "checks/data/n_plus_one.h"
#include "checks/data/unbounded.h"
#include "checks/data/unused_index.h"
#include "checks/operations/backup.h"
#include "checks/operations/end_of_life.h"
#include "checks/operations/start_order.h"
#include "checks/operations/terminate.h"
#include "checks/operations/visibility.h"
#include "checks/security/access.h"
#include "checks/security/cookies.h"
#include "checks/security/destinations.h"
#include "checks/security/exposure.h"
#include "checks/security/guessing.h"
#include "checks/security/headers.h"
#include "checks/security/internals.h"
#include "checks/security/model_limits.h"
#include "checks/security/model_markup.h"
#include "checks/security/plaintext.h"
#include "checks/security/secrets.h"
#include "checks/security/sql_text.h"

namespace pl::checks {
namespace {

using facts::Checkpoint;

constexpr facts::CheckRow kChecks[] = {
    {"architecture.steady", Checkpoint::architecture, "Journeys that fail with nothing broken.", steady},
    {"architecture.promise", Checkpoint::architecture, "What `slo` declares and the steady state does not keep.",
     promise},
    {"architecture.single_points", Checkpoint::architecture, "Components without which journeys fail.", single_points},
    {"architecture.capacity", Checkpoint::architecture, "How much it carries, against what customers do.", capacity},
    {"architecture.connections", Checkpoint::architecture, "Connections that grow with the load.", connections},
    {"architecture.second_instance", Checkpoint::architecture, "State that a second instance does not have.",
     second_instance},
    {"security.destinations", Checkpoint::security, "Destinations outside the sandbox.", destinations},
    {"security.exposure", Checkpoint::security, "Listeners beyond the customers' address.", exposure},
    {"security.plaintext", Checkpoint::security, "Connections in clear that leave the machine.", plaintext},
    {"security.headers", Checkpoint::security, "Pages without the header fields that protect them.", headers},
    {"security.cookies", Checkpoint::security, "Session cookies without protection.", cookies},
    {"security.internals", Checkpoint::security, "Error answers that show the inside.", internals},
    {"security.secrets", Checkpoint::security, "Secrets in files, and those that are in use.", secrets},
    {"security.model_markup", Checkpoint::security, "Markup of the model that reaches customers.", model_markup},
    {"security.model_limits", Checkpoint::security, "What a customer may cost at the model provider.", model_limits},
    {"security.access", Checkpoint::security, "Steps that answer somebody they should not.", access},
    {"security.sql_text", Checkpoint::security, "Customers' values in the text of SQL.", sql_text},
    {"security.guessing", Checkpoint::security, "Logging in without a limit on wrong passwords.", guessing},
    {"chaos.outcomes", Checkpoint::chaos, "What customers see in each cell.", outcomes},
    {"chaos.data_lost", Checkpoint::chaos, "Acknowledged writes that are missing or doubled.", data_lost},
    {"chaos.recovery", Checkpoint::chaos, "Failures that stay after the fault.", recovery},
    {"chaos.misleading_health", Checkpoint::chaos, "Health endpoints that hide failures.", misleading_health},
    {"chaos.time_limits", Checkpoint::chaos, "Calls without a time limit of the application's own.", time_limits},
    {"data.n_plus_one", Checkpoint::data, "One statement for each row of another.", n_plus_one},
    {"data.unbounded", Checkpoint::data, "Answers that grow with the data, without a limit.", unbounded},
    {"data.missing_index", Checkpoint::data, "Growing tables that are read whole for want of an index.", missing_index},
    {"data.foreign_key_index", Checkpoint::data, "Foreign keys that no index serves.", foreign_key_index},
    {"data.growth", Checkpoint::data, "Statements whose time grows with the rows.", data_growth},
    {"data.unused_index", Checkpoint::data, "Indices that nothing used.", unused_index},
    {"data.doubled_index", Checkpoint::data, "Indices that another one makes needless.", doubled_index},
    {"operations.terminate", Checkpoint::operations, "Requests in flight on TERM.", terminate},
    {"operations.start_order", Checkpoint::operations, "Starts that need everything to be there.", start_order},
    {"operations.backup", Checkpoint::operations, "Backups that cannot be read back whole.", backup},
    {"operations.end_of_life", Checkpoint::operations, "Versions past the end of their support.", end_of_life},
    {"operations.visibility", Checkpoint::operations, "Logs and metrics that are missing.", visibility},
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

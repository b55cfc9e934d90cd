#include "checks/architecture/promise.h"

#include <fmt/core.h>

#include "base/values.h"
#include "checks/say/say.h"

namespace pl::checks {
namespace {

constexpr std::int64_t kHundred =
    100;                             ///< Of fewer answers one in twenty is looked at: later than that is later still.
constexpr std::int64_t kChance = 1;  ///< So many failures may be chance.

facts::Finding begin(const facts::Facts& facts, const facts::Journey& journey, std::int64_t period) {
  facts::Finding finding = begin_finding("architecture.promise", facts::Checkpoint::architecture,
                                         "promise for " + journey.declared.name, facts::Severity::blocking);
  finding.why = "`slo` in the configuration declares it, and this was measured with nothing broken.";
  finding.command = repeat_command(facts, "");
  finding.evidence = {period};
  return finding;
}

}  // namespace

std::vector<facts::Finding> promise(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  const Json& slo = facts.run.config["slo"];
  const auto p99 = parse_duration(slo["p99"].as_string());
  const auto errors = parse_percent(slo["errors"].as_string());
  const auto* period = facts::steady_period(facts);
  if (period == nullptr) return findings;
  for (const facts::Journey& journey : facts.journeys) {
    const facts::Steady& now = journey.steady;
    if (!now.good) continue;
    const bool hundred = now.count >= kHundred;
    const Ns late = hundred ? now.p99 : now.p95;
    const double failed = 100.0 * static_cast<double>(now.count - now.success) / static_cast<double>(now.count);
    if (p99 && late > *p99) {
      facts::Finding finding = begin(facts, journey, period->id);
      finding.title = fmt::format("1 of {} answers of `{}` takes {} or more; {} is promised for 99 of 100.",
                                  hundred ? 100 : 20, journey.declared.name, time_text(late), time_text(*p99));
      finding.remedy = "Find what the slow answers wait for in the latency charts, or promise what is kept";
      finding.numbers = {{hundred ? "p99" : "p95", static_cast<double>(late) / kMs, "ms", now.count}};
      findings.push_back(std::move(finding));
    }
    if (errors && failed > *errors && now.count - now.success > kChance) {
      facts::Finding finding = begin(facts, journey, period->id);
      finding.title = fmt::format("{:.2f} % of the answers of `{}` fail; at most {} % is promised.", failed,
                                  journey.declared.name, *errors);
      finding.remedy = "Find the failing answers in application.log, or promise what is kept";
      finding.numbers = {{"errors", failed, "%", now.count}};
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace pl::checks

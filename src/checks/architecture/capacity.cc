#include "checks/architecture/capacity.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/values.h"
#include "checks/say/say.h"

namespace pl::checks {
namespace {

constexpr double kOneCore = 0.85;      ///< A process with one busy thread that uses this much of a core is at its end.
constexpr double kWholeMachine = 0.9;  ///< Of all cores, the instrument's share included.
constexpr double kTimes = 10;          ///< What vendors are asked for: ten times the declared customers.

/// `traffic.rate` per second; 0 where it is not declared.
double declared_rate(const facts::Facts& facts) {
  return parse_rate(facts.run.config["traffic"]["rate"].as_string()).value_or(0);
}

}  // namespace

std::optional<Capacity> capacity_of(const facts::Facts& facts, bool through_relay) {
  Capacity found;
  for (const auto& step : facts.capacity) {
    if (step.value.through_relay != through_relay) continue;
    found.evidence.push_back(step.id);
    if (step.value.held) {
      found.held = std::max(found.held, step.value.offered);
      continue;
    }
    if (found.broken != 0 && step.value.offered >= found.broken) continue;
    found.broken = step.value.offered;
    found.limited_by_instrument = step.value.is_void;
    found.step = &step;
  }
  if (found.evidence.empty()) return std::nullopt;
  if (found.step == nullptr) {
    for (const auto& step : facts.capacity) {
      if (step.value.through_relay == through_relay) found.step = &step;
    }
  }
  return found;
}

std::string choke_point(const facts::Facts& facts, const Capacity& capacity) {
  const record::CapacityStep& step = capacity.step->value;
  const auto cores = static_cast<double>(std::max<std::int64_t>(facts.run.cores, 1));
  if (capacity.broken == 0) return "nothing gave out at the rates that were tried";
  if (capacity.limited_by_instrument) return "this machine had no room for more load, so the figure is a lower bound";
  if (step.busiest_cores >= kOneCore) {
    return fmt::format("{} is the choke point: it used {:.2f} of {:.0f} cores", step.busiest, step.busiest_cores,
                       cores);
  }
  if (step.machine_cores + step.instrument_cores >= kWholeMachine * cores) {
    return fmt::format("the machine's processor gave out, most of it used by {}", step.busiest);
  }
  return fmt::format("no processor was at its end ({} used {:.2f} of a core): requests waited for something else{}",
                     step.busiest, step.busiest_cores,
                     step.connections > 0
                         ? fmt::format(", with {} connections open to {}", step.connections, step.connections_edge)
                         : std::string());
}

std::vector<facts::Finding> capacity(const facts::Facts& facts) {
  const auto found = capacity_of(facts, false);
  const double rate = declared_rate(facts);
  if (!found || rate <= 0 || found->held >= kTimes * rate || found->limited_by_instrument || found->broken == 0)
    return {};
  const bool today = found->held < rate;
  facts::Finding finding = begin_finding("architecture.capacity", facts::Checkpoint::architecture, "capacity",
                                         today ? facts::Severity::blocking : facts::Severity::warning);
  finding.title =
      today ? fmt::format("It carries {:.0f} journeys per second, less than the {:.0f} that customers make today.",
                          found->held, rate)
            : fmt::format("It carries {:.0f} journeys per second, {:.1f} times what customers make today.", found->held,
                          found->held / rate);
  finding.why =
      fmt::format("Measured on a fresh start without the relay, on this machine; {}.", choke_point(facts, *found));
  finding.remedy = "Take work off the choke point, or run more instances of it";
  finding.numbers = {{"held", found->held, "1/s", static_cast<std::int64_t>(found->evidence.size())}};
  finding.command = repeat_command(facts, "");
  add_evidence(finding, found->evidence);
  return {finding};
}

}  // namespace pl::checks

#include "checks/operations/sight.h"

#include "checks/say/say.h"

namespace pl::checks {
namespace {

void see_output(const facts::Facts& facts, Sight& sight) {
  for (const auto& output : facts.output) {
    sight.watched = true;
    sight.lines += output.value.lines;
    sight.structured = output.value.json_lines * 2 > output.value.lines;
    sight.evidence.push_back(output.id);
    for (const auto& iteration : facts.iterations) {
      sight.answered += iteration.value.done >= output.value.from && iteration.value.done < output.value.to;
    }
  }
}

void see_health(const facts::Facts& facts, Sight& sight) {
  for (const facts::Journey& journey : facts.journeys) sight.health = sight.health || journey.declared.health;
  for (const facts::Experiment& experiment : facts.experiments) {
    for (const facts::Cell& cell : experiment.cells) {
      const bool known = cell.journey >= 0 && cell.journey < static_cast<std::int64_t>(facts.journeys.size());
      if (!known || !facts.journeys[static_cast<std::size_t>(cell.journey)].declared.health) continue;
      if (cell.state != facts::Cell::State::decided) continue;
      ++sight.health_cells;
      if (!holds(cell, facts::Outcome::misleading)) continue;
      ++sight.misled;
      sight.evidence.insert(sight.evidence.end(), cell.evidence.begin(), cell.evidence.end());
    }
  }
}

}  // namespace

Sight sight_of(const facts::Facts& facts) {
  Sight sight;
  see_output(facts, sight);
  see_health(facts, sight);
  for (const auto& probe : facts.probes) {
    if (probe.value.what != "metrics") continue;
    sight.asked_metrics = true;
    sight.metrics = sight.metrics || !probe.value.excerpt.empty();
    sight.evidence.push_back(probe.id);
  }
  for (const auto& sender : facts.senders) {
    if (!sender.value.traced) continue;
    sight.traced = true;
    sight.evidence.push_back(sender.id);
  }
  return sight;
}

}  // namespace pl::checks

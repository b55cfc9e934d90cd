#include "facts/effects.h"

#include <algorithm>
#include <map>

#include "facts/flows.h"
#include "facts/words.h"

namespace pl::facts {
namespace {

constexpr Ns kInterval = 10 * kSec;  ///< Between two looks of a health check, as orchestrators have it.
constexpr Ns kEndOfHold = 2 * kSec;

/// Ends of processes between two moments, in the order of the log.
std::vector<const Seen<record::ProcessEnded>*> ended_within(const Facts& facts, Ns from, Ns to) {
  std::vector<const Seen<record::ProcessEnded>*> result;
  for (const Seen<record::ProcessEnded>& end : facts.ended) {
    if (end.at >= from && end.at <= to) result.push_back(&end);
  }
  return result;
}

struct Origin {
  Ns at = 0;
  std::int64_t parent = 0;
};

/// A process may execute several programs: its first start is its own.
std::map<std::int64_t, Origin> origins(const Facts& facts) {
  std::map<std::int64_t, Origin> result;
  for (const Seen<record::ProcessStarted>& start : facts.started) {
    result.try_emplace(start.value.pid, Origin{start.at, start.value.parent});
  }
  return result;
}

bool is_root(const Component& component, std::int64_t pid) { return std::ranges::count(component.roots, pid) > 0; }

/// A component's root that ends is a crash whatever its status; a process below it only when it failed, and when it
/// did not come with the trial (a helper of the moment).
bool looks_crashed(const Component& component, const record::ProcessEnded& end, const Origin* origin, Ns fault_from) {
  if (!component.inside || !component.provided.empty()) return false;
  if (origin == nullptr || origin->at >= fault_from) return false;
  return is_root(component, end.pid) || end.signal != 0 || end.status > 0;
}

/// One of the process's ancestors, a start script, ended before it and took it along.
bool script_ended_first(const std::map<std::int64_t, Origin>& known, const std::map<std::int64_t, Ns>& ends,
                        std::int64_t pid, Ns at) {
  std::size_t steps = known.size();
  for (auto found = known.find(pid); found != known.end() && steps > 0; --steps) {
    const std::int64_t parent = found->second.parent;
    const auto end = ends.find(parent);
    if (end != ends.end() && end->second <= at) return true;
    found = known.find(parent);
  }
  return false;
}

}  // namespace

bool command_ended(const record::TrialEnded& trial) {
  return trial.note.find("gave up") != std::string::npos || trial.note.find("command ended") != std::string::npos;
}

std::vector<std::int64_t> crashes(const Facts& facts, const record::TrialEnded& trial) {
  std::vector<std::int64_t> frames;
  const auto within = ended_within(facts, trial.fault_from, trial.watched_to);
  if (within.empty()) return frames;
  const auto known = origins(facts);
  std::map<std::int64_t, Ns> ends;
  for (const auto* end : within) ends.try_emplace(end->value.pid, end->at);
  for (const auto* end : within) {
    const std::int64_t id = facts.topology.component_of(end->value.pid);
    const bool ours = end->value.ours || id < 0 || id == trial.component;
    if (ours || id >= static_cast<std::int64_t>(facts.topology.components.size())) continue;
    const auto origin = known.find(end->value.pid);
    const Component& component = facts.topology.components[static_cast<std::size_t>(id)];
    const Origin* start = origin == known.end() ? nullptr : &origin->second;
    if (!looks_crashed(component, end->value, start, trial.fault_from)) continue;
    if (!script_ended_first(known, ends, end->value.pid, end->at)) frames.push_back(end->id);
  }
  return frames;
}

WritesRead writes_after(const Facts& facts, const std::string& key, std::int64_t journey) {
  WritesRead after, steady;
  for (const Seen<record::WriteChecked>& seen : facts.writes) {
    const record::WriteChecked& write = seen.value;
    if (write.journey != journey || (write.occasion != key && write.occasion != "steady")) continue;
    WritesRead& sum = write.occasion == key ? after : steady;
    const bool lost = write.result == "missing" || write.result == "doubled";
    sum.of += lost || write.result == "found" ? 1 : 0;
    sum.lost += lost ? 1 : 0;
    if (lost) sum.evidence.push_back(seen.id);
  }
  const bool proved = steady.of > 0 && steady.lost == 0;
  return proved ? after : WritesRead{};
}

bool notices_in_time(const Facts& facts, const MachineView& machine, const Experiment& experiment,
                     std::int64_t health) {
  const std::int64_t part = target_of(facts.topology, experiment.component, experiment.edge);
  return std::ranges::any_of(facts.trials, [&](const Seen<record::TrialEnded>& seen) {
    const record::TrialEnded& trial = seen.value;
    const bool taken = trial.edges.empty() && trial.aborted.empty() && !slows(trial.fault);
    if (!taken || part < 0 || target_of(facts.topology, trial.component, trial.edge) != part) return false;
    if (trial.fault_to - trial.fault_from < kInterval) return false;
    const Window window{.from = trial.fault_to - kEndOfHold, .to = trial.fault_to, .journey = health};
    const auto samples = samples_of(facts, machine, window, {})[static_cast<std::size_t>(health)];
    const auto good = std::ranges::count(samples, AnswerClass::same, &Sample::answer);
    return !samples.empty() && 2 * good < static_cast<std::ptrdiff_t>(samples.size());
  });
}

bool uses_target(const Facts& facts, const Journey& journey, const Experiment& experiment) {
  if (!journey.alone_measured) return true;
  std::vector<std::int64_t> targets = experiment.edges;
  if (experiment.edge >= 0) targets = {experiment.edge};
  if (experiment.component >= 0) targets = edges_to(facts.topology, experiment.component);
  if (targets.empty() || (experiment.component >= 0 && experiment.component == facts.topology.entry)) return true;
  // Nothing of a Unix socket passes the relay, so that it cannot be said who uses it.
  const auto& edges = facts.topology.edges;
  return std::ranges::any_of(targets, [&](std::int64_t id) {
    return edges[static_cast<std::size_t>(id)].protocol == "unix" || std::ranges::count(journey.uses, id) > 0;
  });
}

}  // namespace pl::facts

#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "facts/facts.h"
#include "facts/samples.h"

/// What the log says of an experiment beside its answers: processes that ended, writes that were lost, who uses what.
/// Internal to `facts`.
namespace pl::facts {

/// The subject's own command ended after the fault, by the trial's note, and was started afresh: no cascade.
bool command_ended(const record::TrialEnded& trial);

/// Processes of components other than the faulted one that ended in the trial without our doing: frames.
std::vector<std::int64_t> crashes(const Facts& facts, const record::TrialEnded& trial);

/// Acknowledged writes that were read back after an experiment.
struct WritesRead {
  std::int64_t lost = 0;  ///< Missing or doubled.
  std::int64_t of = 0;
  std::vector<std::int64_t> evidence;
};
/// Nothing where the steady state did not prove that writes can be read back.
WritesRead writes_after(const Facts& facts, const std::string& key, std::int64_t journey);

/// In a hold of ten seconds or more on the same part the health endpoint was not good at the end: it looks at
/// intervals, and says so in time. One that stays good for shorter does not mislead then.
bool notices_in_time(const Facts& facts, const MachineView& machine, const Experiment& experiment, std::int64_t health);

/// The journey sends something to the faulted part when it runs alone, or that is not known.
bool uses_target(const Facts& facts, const Journey& journey, const Experiment& experiment);

}  // namespace pl::facts

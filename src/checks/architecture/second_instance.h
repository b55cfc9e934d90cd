#pragma once
#include <optional>
#include <string>
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// What two instances of the application showed.
struct Instances {
  enum class State { not_run, undecided, in_memory, spread } state = State::not_run;
  std::vector<std::int64_t> journeys;  ///< In memory: those that fail when requests take turns.
  std::int64_t wrong = 0;              ///< Their answers that were not as usual, of `of`.
  std::int64_t of = 0;
  std::int64_t lost_sessions = 0;      ///< Of the wrong ones: the customer was not known.
  std::string why;                     ///< Undecided: the reason.
  std::vector<std::int64_t> evidence;  ///< Frames.
};

/// Judges the last second instance of the run. A journey counts where the second instance alone answers it as the first
/// does: what goes wrong then when requests take turns is kept in one of them.
Instances instances_of(const facts::Facts& facts);

/// How a new instance took the place of the old one.
struct Replaced {
  std::int64_t of = 0, wrong = 0, lost_sessions = 0;  ///< Answers from the moment on when the old one was told to end.
  std::vector<std::int64_t> evidence;
};

/// Of the last second instance of the run; nothing: it was not tried, or the second one does not answer as the first.
std::optional<Replaced> replaced(const facts::Facts& facts);

/// architecture.second_instance: state that is kept in memory, so that a second instance does not help.
std::vector<facts::Finding> second_instance(const facts::Facts& facts);

}  // namespace pl::checks

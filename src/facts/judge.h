#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "facts/trials.h"

/// From the measures of all trials to one journey's words. Internal to `facts`.
namespace pl::facts {

inline constexpr std::int64_t kHangingYes = 5;  ///< Requests open at removal.

/// What the trials say of one journey; what the rest of the log says (crash, writes, outage, health) is added later.
struct Judged {
  bool decided = false;
  Next next = Next::done;
  std::vector<OutcomeCount> all;  ///< Outcomes that hold, in no order; none: unaffected.
  Counts counts;                  ///< Of the trials that decided.
  std::int64_t trials = 0;
  std::string note;  ///< Why it is open.
};

/// How an experiment is to be read.
struct Reading {
  bool slowing = false;  ///< The fault slows an edge: needs a switchback in any case.
  bool entry = false;    ///< The faulted component is the one that customers connect to.
  bool latency = true;   ///< The journey's latency is steady enough to judge `degraded`.
};

/// Takes trials one by one until they decide (at most three), as the simulated procedure does.
Judged judge(const std::vector<Measured>& trials, const Reading& reading);

}  // namespace pl::facts

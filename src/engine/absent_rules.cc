#include "engine/absent_rules.h"

#include <algorithm>

namespace pl::engine {
namespace {

constexpr Ns kWatch = 10 * kSec;
constexpr Ns kIdle = 3 * kSec;
constexpr Ns kTries = 30 * kSec;
constexpr Ns kComesUp = 20 * kSec;
constexpr Ns kStays = kSec;  ///< Gone for that long: nothing starts it again.
constexpr Ns kUsualStarts = 3;

}  // namespace

AbsentLimits absent_limits(Ns usual) {
  return {.watch = std::max(kWatch, usual),
          .idle = kIdle,
          .tries = std::max(kTries, kUsualStarts * usual),
          .comes_up = std::max(kComesUp, kUsualStarts * usual)};
}

AbsentStep absent_step(const AbsentSeen& seen, const AbsentLimits& limits, Ns now) {
  const auto since = [now](Ns moment) { return moment > 0 && now - moment > kStays; };
  if (seen.program_any && seen.program_gone > 0) {
    return since(seen.program_gone) ? AbsentStep::gives_up : AbsentStep::watch;
  }
  if (!seen.program_any && since(seen.command_gone) && (seen.command_failed || !seen.anything_runs)) {
    return seen.refused_any > 0 ? AbsentStep::gives_up_early : AbsentStep::ends_unasked;
  }
  if (seen.refused > 0 && now - seen.refused > limits.watch) {
    return seen.answered > 0 ? AbsentStep::starts : AbsentStep::waits;
  }
  if (seen.refused > 0) return AbsentStep::watch;
  if (seen.answered > 0) return now - seen.answered > limits.idle ? AbsentStep::starts : AbsentStep::watch;
  return now - seen.started > limits.tries ? AbsentStep::not_asked : AbsentStep::watch;
}

}  // namespace pl::engine

#pragma once
#include <span>
#include <string>
#include <vector>

#include "facts/cells.h"
#include "facts/facts.h"

/// The procedure of DESIGN 9: pure functions of the facts, used by the engine while it measures and by the checks
/// after.
namespace pl::facts {

/// What an iteration's answer means for its journey.
AnswerClass classify(const record::Iteration& iteration, const Journey& journey);

/// Why a journey has no steady state and gets no cells, in one clause; empty: it has one.
std::string_view no_steady_state(const Steady& steady);

/// It has no steady state because the application limits its customers' rate: most of what failed was answered 429.
bool rate_limited(const Steady& steady);

/// The steady state of a journey in a period of load, stalls of the machine taken out.
Steady steady_state(const Facts& facts, std::int64_t journey, Ns from, Ns to);

/// After the first part of a hold (5 s and 50 requests): must it last its whole 12 s?
bool hold_longer(const Facts& facts, Ns fault_from, Ns now, std::span<const OpenIteration> open);

/// After the whole of a hold: is what it does to customers still unfolding, so that it must go on?
/// So it is where a journey has begun to fail only in its last part, and where connections of another edge pile up.
bool unfolding(const Facts& facts, const record::TrialEnded& trial, Ns now);

/// After the whole of a hold: do customers of a journey hang, with no bound of the application's own seen yet, so that
/// only a longer hold tells whose limit ends it?
bool hangs_so_far(const Facts& facts, const record::TrialEnded& trial, Ns now, std::span<const OpenIteration> open);

/// Are all journeys with a steady state the same and not slow for the last 2 s before `now` (longer where answers are
/// rare), so that recovery is reached (`since`: when the fault ended) or a cell may start?
bool calm(const Facts& facts, Ns since, Ns now, std::span<const OpenIteration> open);
/// Why not, in one clause; empty when calm.
std::string unrest(const Facts& facts, Ns since, Ns now, std::span<const OpenIteration> open);

/// Why a new cell may not start yet, in one clause: it is not calm, or an edge's request rate in the last 2 s is not
/// within 20 % of steady. Empty: it may.
std::string not_isolated(const Facts& facts, Ns now, std::span<const OpenIteration> open);

/// The longest wait that is usual for a journey, and whether it is so long that the windows of the procedure must take
/// it into account (half as long again plus a second is more than the 6 s from which on a wait can be a hang).
Ns usual_wait(const Steady& steady);
bool slow_journey(const Steady& steady);

/// A request hangs that still waits after this long at the fault's end: 6 s, a second beyond the application's own
/// bound, or half as long again as is usual plus a second.
Ns hang_limit(const Steady& steady, Ns bound);

/// How long a hold of an experiment must be to tell a hang from a usual wait: beyond the limit of the slowest journey
/// that uses what is faulted, 6 s or six requests. 0: none of them is slow, and any hold is long enough.
Ns telling_hold(const Facts& facts, const Experiment& experiment);

/// How long recovery is watched for before it has failed: 30 s, and what the journey, or the slowest of all, usually
/// takes where that is slow.
Ns recovery_limit(const Steady& steady);
Ns recovery_limit(const Facts& facts);

/// Blocks of a switchback: off, on, off, ... off.
inline constexpr int kSwitchbackBlocks = 9;
/// How long each of them lasts: long enough for its answers, at the rate of the steady state.
Ns switchback_block(const Facts& facts);

/// Pools all trials with this key that were folded so far and decides every journey's cell, and what to do next. While
/// the load runs, `open` are the iterations that have not ended: without them a wait that never ends is not seen.
Experiment decide(const Facts& facts, const std::string& key, std::span<const OpenIteration> open = {});

/// Experiments whose cells hang without a bound of the application's own within the holds so far: candidates for a
/// longer hold, worst first.
std::vector<std::string> unbounded(const std::vector<Experiment>& experiments);

}  // namespace pl::facts

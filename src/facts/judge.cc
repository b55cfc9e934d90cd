#include "facts/judge.h"

#include <fmt/format.h>

#include <algorithm>

namespace pl::facts {
namespace {

constexpr std::int64_t kTrials = 3;           ///< Holds, and switchbacks, before a cell is inconclusive.
constexpr std::int64_t kHangingRare = 3;      ///< One in each of three trials: whoever holds a connection.
constexpr std::int64_t kHangingByChance = 1;  ///< In three trials.
constexpr std::int64_t kShareYes = 6, kShareYesPercent = 10;
constexpr std::int64_t kLostSessions = 3;
constexpr std::int64_t kUnrecovered = 2;

/// Whether something holds, by what was counted so far.
enum class Holds { no, yes, open };

Holds share(std::int64_t count, std::int64_t of, std::int64_t trial) {
  const auto below = [&](std::int64_t percent) { return count * 100 < percent * of; };
  if (count >= kShareYes && !below(kShareYesPercent)) return Holds::yes;
  if (trial == 1) return count <= 1 || below(1) ? Holds::no : Holds::open;
  if (count <= 2 || below(3)) return Holds::no;
  return trial >= kTrials && below(5) ? Holds::no : Holds::open;
}

Holds hanging(std::int64_t count, std::int64_t trial) {
  if (count == 0) return Holds::no;
  if (count >= kHangingYes || (trial >= kTrials && count >= kHangingRare)) return Holds::yes;
  return trial >= kTrials && count <= kHangingByChance ? Holds::no : Holds::open;
}

/// An outcome that is counted, and what was said of it.
struct Counted {
  Outcome outcome;
  Holds holds;
  std::int64_t count, of;
};

/// The trials in the order of their making, by what they are for.
struct Kinds {
  std::vector<const Measured*> holds, patience, switchbacks;
};

/// Worst first.
std::vector<Counted> counted(const Kinds& kinds, const Counts& counts, std::int64_t trial) {
  Counts waits = counts;
  std::int64_t wait_trial = trial;
  if (!kinds.patience.empty()) {  // A longer hold sees bounds that the shorter ones could not.
    waits = {};
    for (const Measured* longer : kinds.patience) waits.add(longer->counts);
    wait_trial = kTrials;
  }
  const std::int64_t of = counts.answers;
  Holds errors = share(counts.errors, of, trial);
  if (counts.lost_sessions >= kLostSessions) errors = Holds::yes;
  return {{Outcome::hangs, hanging(waits.hanging, wait_trial), waits.hanging, waits.hang_tested},
          {Outcome::misleading, share(counts.misleading, of, trial), counts.misleading, of},
          {Outcome::errors, errors, counts.errors + counts.lost_sessions, of},
          {Outcome::graceful, share(counts.graceful, of, trial), counts.graceful, of}};
}

void set_open(Judged& judged, Next next, std::int64_t made, std::string note) {
  judged.decided = false;
  judged.next = made < kTrials ? next : Next::done;
  judged.note = std::move(note);
}

void set_degraded(Judged& judged, std::int64_t count, std::int64_t of) {
  judged.decided = true;
  judged.all.push_back({Outcome::degraded, count, of});
}

/// Suspicions of the holds are settled by switchbacks.
void judge_switchbacks(const Kinds& kinds, Judged& judged) {
  std::int64_t made = 0;
  for (const Measured* measured : kinds.switchbacks) {
    if (++made > kTrials) break;
    if (measured->slower == Slower::unsure) continue;
    judged.decided = true;
    if (measured->slower == Slower::yes) set_degraded(judged, measured->counts.answers, measured->counts.answers);
    return;
  }
  set_open(judged, Next::switchback, made, fmt::format("slower or not: open after {} switchbacks", made));
}

/// Two of three restarts.
void judge_brief(const std::vector<const Measured*>& trials, Judged& judged) {
  std::int64_t slower = 0, same = 0;
  for (const Measured* measured : trials) {
    if (measured->form != Form::brief) continue;
    if (measured->slower == Slower::no) same = std::max<std::int64_t>(same, 2);
    (measured->slower == Slower::yes ? slower : same) += 1;
  }
  if (slower >= 2) return set_degraded(judged, slower, slower + same);
  if (same >= 2) {
    judged.decided = true;
    return;
  }
  set_open(judged, Next::hold, static_cast<std::int64_t>(trials.size()), "slower in one restart");
}

void judge_latency(const Kinds& kinds, const std::vector<const Measured*>& used, const Reading& reading,
                   Judged& judged) {
  const bool restart = !used.empty() && used.back()->form == Form::brief;
  if (!reading.latency) {
    judged.decided = true;
    judged.note = "latency not steady, so slower is not judged";
  } else if (restart && !reading.slowing) {
    judge_brief(used, judged);
  } else if (!reading.slowing && !used.empty() && used.back()->slower == Slower::no) {
    judged.decided = true;
  } else {
    judge_switchbacks(kinds, judged);
  }
}

/// The words for the first trials, pooled.
Judged judge_pooled(const Kinds& kinds, const std::vector<const Measured*>& used, const Reading& reading) {
  Judged judged;
  judged.trials = static_cast<std::int64_t>(used.size());
  for (const Measured* measured : used) judged.counts.add(measured->counts);
  const std::int64_t trial = kinds.patience.empty() ? std::max<std::int64_t>(1, judged.trials) : kTrials;
  for (const Counted& row : counted(kinds, judged.counts, trial)) {
    if (row.holds == Holds::yes) judged.all.push_back({row.outcome, row.count, row.of});
    if (row.holds != Holds::open || !judged.all.empty()) continue;
    set_open(judged, Next::hold, judged.trials,
             fmt::format("{}: pooled {} of {}", outcome_row(row.outcome).word, row.count, row.of));
    return judged;
  }
  judged.decided = !judged.all.empty();
  if (!judged.decided) judge_latency(kinds, used, reading, judged);
  return judged;
}

/// Only sessions count for the component that customers connect to.
Judged judge_entry(const std::vector<const Measured*>& used) {
  Judged judged;
  judged.decided = true;
  judged.trials = static_cast<std::int64_t>(used.size());
  for (const Measured* measured : used) judged.counts.add(measured->counts);
  const std::int64_t lost = judged.counts.lost_sessions;
  if (lost >= kLostSessions) judged.all.push_back({Outcome::errors, lost, judged.counts.answers});
  return judged;
}

/// Every trial counts for recovery, also those after the words were decided.
void judge_recovery(const std::vector<const Measured*>& holds, Judged& judged) {
  std::int64_t failed = 0, seen = 0;
  const bool certain = std::ranges::any_of(holds, &Measured::never_back);  // No noise of the machine does that.
  for (const Measured* measured : holds) {
    if (!measured->recovered) continue;
    ++seen;
    failed += *measured->recovered ? 0 : 1;
  }
  if (failed == 0) return;
  const bool all = failed == seen;
  if (certain || (failed >= kUnrecovered && (all || seen >= kTrials))) {
    judged.decided = true;
    judged.next = Next::done;
    judged.all.push_back({Outcome::no_recovery, failed, seen});
    return;
  }
  set_open(judged, Next::hold, static_cast<std::int64_t>(holds.size()),
           fmt::format("did not recover in {} of {} trials", failed, seen));
}

Kinds sort_out(const std::vector<Measured>& trials) {
  Kinds kinds;
  for (const Measured& measured : trials) {
    if (measured.form == Form::switchback) {
      kinds.switchbacks.push_back(&measured);
    } else if (measured.form == Form::patience) {
      kinds.patience.push_back(&measured);
    } else {
      kinds.holds.push_back(&measured);
    }
  }
  return kinds;
}

}  // namespace

Judged judge(const std::vector<Measured>& trials, const Reading& reading) {
  const Kinds kinds = sort_out(trials);
  std::vector<const Measured*> watched = kinds.holds;
  watched.insert(watched.end(), kinds.patience.begin(), kinds.patience.end());
  Judged judged;
  if (reading.entry) {
    judged = judge_entry(watched);
  } else if (!kinds.patience.empty()) {
    judged = judge_pooled(kinds, watched, reading);
  } else if (watched.empty()) {  // Switchbacks alone: their answers count as a hold's.
    judged = judge_pooled(kinds, kinds.switchbacks, {.slowing = true, .latency = reading.latency});
    if (!judged.decided && judged.next == Next::hold) judged.next = Next::switchback;
  } else {
    std::vector<const Measured*> used;
    for (const Measured* measured : kinds.holds) {
      used.push_back(measured);
      judged = judge_pooled(kinds, used, reading);
      if (judged.decided || judged.next == Next::switchback) break;
    }
  }
  judge_recovery(watched, judged);
  return judged;
}

}  // namespace pl::facts

#include "facts/trials.h"

#include <algorithm>

#include "facts/procedure.h"

namespace pl::facts {
namespace {

constexpr Ns kHangsTellFrom = 8 * kSec;  ///< Shorter holds say nothing of hangs.
constexpr std::size_t kBoundRank = 3;    ///< The third-longest wait is the application's own bound.
constexpr Ns kRecoveredFor = 2 * kSec;
constexpr Ns kWatchSlack = kSec;
constexpr std::int64_t kGapsSlack = 3;  ///< Jitter of departures at both ends of a run of good answers.
constexpr std::size_t kAfterwards = 4;  ///< Answers after the recovery that make a median.
constexpr std::size_t kExamples = 3;
constexpr std::size_t kBlocks = kSwitchbackBlocks;
constexpr std::int64_t kStalledPercent = 20;

/// Enough slow answers, and clearly more than without the fault.
struct SlowTail {
  std::int64_t least, percent, times;
};
constexpr SlowTail kSuspicious{3, 5, 2};
constexpr SlowTail kCertain{4, 10, 3};

bool has_tail(const SlowTail& tail, std::int64_t slow, std::size_t of, std::int64_t slow_before, std::size_t before) {
  const auto all = static_cast<std::int64_t>(of), all_before = static_cast<std::int64_t>(before);
  return slow >= tail.least && slow * 100 >= tail.percent * all && slow * all_before >= tail.times * slow_before * all;
}

/// The windows of a hold, as spans of one sorted list.
struct Parts {
  std::span<const Sample> control, hold, after;
};

void measure_waits(const record::TrialEnded& trial, const Steady& steady, std::span<const Sample> hold,
                   Measured& measured) {
  std::vector<Ns> ended_within;
  for (const Sample& sample : hold) {
    if (!sample.waits_at(trial.fault_to)) ended_within.push_back(sample.wait());
    if (sample.wait() <= measured.longest) continue;
    measured.longest = sample.wait();
    measured.longest_ended = sample.ended;
    measured.longest_within = !sample.waits_at(trial.fault_to);
  }
  std::ranges::sort(ended_within, std::greater<>{});
  if (ended_within.size() >= kBoundRank) measured.bound = ended_within[kBoundRank - 1];
  if (trial.fault_to - trial.fault_from < kHangsTellFrom) return;
  const Ns limit = hang_limit(steady, measured.bound);
  for (const Sample& sample : hold) {
    if (trial.fault_to - sample.intended <= limit) break;
    ++measured.counts.hang_tested;
    if (sample.waits_at(trial.fault_to)) ++measured.counts.hanging;
  }
}

/// The first run of same and not slow answers that lasts 2 s.
void measure_recovery(const record::TrialEnded& trial, const Parts& parts, Ns limit, Measured& measured) {
  const auto answers = static_cast<Ns>(std::max<std::size_t>(1, parts.control.size()));
  const Ns gap = std::max<Ns>(0, trial.fault_from - trial.control_from) / answers;
  const Ns slack = std::min(kGapsSlack * gap, kSec);
  Ns begin = -1;
  for (const Sample& sample : parts.after) {
    const bool good = sample.answer == AnswerClass::same && sample.latency <= measured.slow;
    if (!good) {
      begin = -1;
      continue;
    }
    if (begin < 0) begin = sample.intended;
    if (sample.intended - begin < kRecoveredFor - slack) continue;
    measured.recovered = true;
    measured.recovery = begin - trial.fault_to;
    return;
  }
  // The watch ends before its limit only when all was calm, or when the run was interrupted: no proof of failure.
  if (trial.watched_to - trial.fault_to >= limit - kWatchSlack && !parts.after.empty()) {
    measured.recovered = false;
    measured.recovery = -1;
  } else {
    measured.recovery = std::max<Ns>(0, trial.watched_to - trial.fault_to - kRecoveredFor);
  }
}

/// The usual latency before the fault. Where answers take longer than the control window most of its requests end under
/// the fault, and say nothing of the time before.
Ns base_of(const Journey& journey, std::span<const Sample> control) {
  return control.empty() || slow_journey(journey.steady) ? journey.steady.median : median_latency(control);
}

void measure_slower(const record::TrialEnded& trial, const Journey& journey, const Parts& parts, Measured& measured) {
  const Ns control = slow_journey(journey.steady) ? journey.steady.median : median_latency(parts.control);
  const Ns hold = median_latency(parts.hold);
  Ns afterwards = control;
  if (measured.recovered.value_or(false)) {
    const auto good = between(parts.after, trial.fault_to + measured.recovery, trial.watched_to);
    if (good.size() >= kAfterwards) afterwards = median_latency(good);
  }
  measured.median_change = hold - control;
  const Ns rise = rise_limit(control);
  const std::int64_t slow = count_slow(parts.hold, measured.slow), before = count_slow(parts.control, measured.slow);
  const auto tail = [&](const SlowTail& kind) {
    return has_tail(kind, slow, parts.hold.size(), before, parts.control.size());
  };
  if (hold - std::min(control, afterwards) < rise && !tail(kSuspicious)) return;
  measured.slower = Slower::unsure;
  if (measured.form == Form::brief && (tail(kCertain) || hold - std::max(control, afterwards) >= rise)) {
    measured.slower = Slower::yes;
  }
}

void keep_examples(std::span<const Sample> samples, Measured& measured) {
  for (const Sample& sample : samples) {
    if (sample.answer == AnswerClass::same || sample.id < 0) continue;
    if (measured.examples.size() < kExamples) measured.examples.push_back(sample);
  }
}

/// Samples of a switchback: by block, and together.
struct Blocks {
  std::vector<Ns> medians;
  std::vector<Sample> on, off;
};

Blocks split(const record::TrialEnded& trial, std::span<const Sample> samples, Ns tail) {
  Blocks blocks;
  for (std::size_t i = 0; i + 1 < trial.blocks.size(); ++i) {
    const Ns from = trial.blocks[i], to = trial.blocks[i + 1];
    const bool last = i + 2 == trial.blocks.size();
    // Who starts late in a block is answered in the next one.
    const auto part = between(samples, from, last ? to : to - std::max((to - from) / 4, tail));
    blocks.medians.push_back(median_latency(part));
    std::vector<Sample>& kind = i % 2 == 1 ? blocks.on : blocks.off;
    kind.insert(kind.end(), part.begin(), part.end());
  }
  return blocks;
}

/// Each on-block's median less those of the off-blocks before and after it, in order.
std::vector<Ns> differences(const std::vector<Ns>& medians) {
  std::vector<Ns> result;
  for (std::size_t i = 1; i + 1 < medians.size(); i += 2) {
    result.push_back(medians[i] - medians[i - 1]);
    result.push_back(medians[i] - medians[i + 1]);
  }
  std::ranges::sort(result);
  return result;
}

bool too_stalled(const Blocks& blocks, Ns rise) {
  const auto stalled = [rise](const Sample& sample) {
    return sample.stalled >= rise && sample.stalled * 2 > sample.wait();
  };
  const auto count = std::ranges::count_if(blocks.on, stalled) + std::ranges::count_if(blocks.off, stalled);
  return count * 100 > kStalledPercent * static_cast<std::int64_t>(blocks.on.size() + blocks.off.size());
}

Slower judge_blocks(const Blocks& blocks, Ns slow_from) {
  const Ns rise = rise_limit(median_latency(blocks.off));
  const std::vector<Ns> sorted = differences(blocks.medians);
  if (sorted.size() < kBlocks - 1 || blocks.on.empty() || blocks.off.empty()) return Slower::unsure;
  if (too_stalled(blocks, rise)) return Slower::unsure;
  const Ns middle = (sorted[sorted.size() / 2 - 1] + sorted[sorted.size() / 2]) / 2;
  const auto above = std::ranges::count_if(sorted, [rise](Ns change) { return change > rise / 2; });
  const std::int64_t slow = count_slow(blocks.on, slow_from), before = count_slow(blocks.off, slow_from);
  const bool most = above + 1 >= static_cast<std::int64_t>(sorted.size());
  if (middle >= rise && most) return Slower::yes;
  if (has_tail(kCertain, slow, blocks.on.size(), before, blocks.off.size())) return Slower::yes;
  const bool tail = slow >= 3 && slow * 100 >= 7 * static_cast<std::int64_t>(blocks.on.size());
  return middle * 10 < rise * 7 && !tail ? Slower::no : Slower::unsure;
}

}  // namespace

Form form_of(const record::TrialEnded& trial) {
  if (trial.form == "brief") return Form::brief;
  if (trial.form == "switchback") return Form::switchback;
  return trial.form == "patience" ? Form::patience : Form::hold;
}

void Counts::add(const Counts& other) {
  answers += other.answers;
  misleading += other.misleading;
  errors += other.errors;
  graceful += other.graceful;
  refused += other.refused;
  lost_sessions += other.lost_sessions;
  hang_tested += other.hang_tested;
  hanging += other.hanging;
}

void Counts::add(AnswerClass answer) {
  ++answers;
  misleading += answer == AnswerClass::misleading ? 1 : 0;
  errors += answer == AnswerClass::error ? 1 : 0;
  graceful += answer == AnswerClass::refused || answer == AnswerClass::changed ? 1 : 0;
  refused += answer == AnswerClass::refused ? 1 : 0;
}

Measured measure_hold(const record::TrialEnded& trial, const Journey& journey, std::span<const Sample> samples) {
  Measured measured;
  measured.form = form_of(trial);
  const Parts parts{between(samples, trial.control_from, trial.fault_from),
                    between(samples, trial.fault_from, trial.fault_to),
                    between(samples, trial.fault_to, trial.watched_to)};
  const Ns base = base_of(journey, parts.control);
  measured.slow = slow_limit(base, journey.steady.p95);
  for (const Sample& sample : parts.hold) measured.counts.add(sample.answer);
  for (const Sample& sample : between(samples, trial.fault_from, trial.watched_to)) {
    if (sample.answer == AnswerClass::lost_session) ++measured.counts.lost_sessions;
  }
  measure_waits(trial, journey.steady, parts.hold, measured);
  measure_recovery(trial, parts, recovery_limit(journey.steady), measured);
  if (!parts.hold.empty()) measure_slower(trial, journey, parts, measured);
  keep_examples(parts.hold, measured);
  return measured;
}

Measured measure_switchback(const record::TrialEnded& trial, const Journey& journey, std::span<const Sample> samples) {
  Measured measured;
  measured.form = Form::switchback;
  const Blocks blocks = split(trial, samples, slow_journey(journey.steady) ? journey.steady.median : 0);
  const Ns base = median_latency(blocks.off);
  measured.slow = slow_limit(base, journey.steady.p95);
  measured.slower = judge_blocks(blocks, measured.slow);
  measured.median_change = median_latency(blocks.on) - base;
  for (const Sample& sample : blocks.on) {
    measured.counts.add(sample.answer);
    measured.longest = std::max(measured.longest, sample.wait());
  }
  keep_examples(blocks.on, measured);
  return measured;
}

}  // namespace pl::facts

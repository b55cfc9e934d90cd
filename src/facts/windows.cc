#include <algorithm>
#include <array>
#include <cstdlib>

#include "facts/effects.h"
#include "facts/procedure.h"
#include "facts/samples.h"

namespace pl::facts {
namespace {

constexpr std::int64_t kSteadyAnswers = 10;  ///< Fewer say nothing of a steady state.
constexpr std::int64_t kGoodPercent = 95;
constexpr Ns kEdgeOfHold = 2 * kSec;  ///< First and last part of a hold that are compared.
constexpr double kSharesDiffer = 0.4;
constexpr Ns kMediansDiffer = 500 * kMs;
constexpr Ns kCalmFor = 2 * kSec;
constexpr Ns kCalmMost = 12500 * kMs;     ///< Of a journey that departs rarely: two answers at the least rate.
constexpr std::int64_t kCalmAnswers = 2;  ///< A journey without answers is not calm.
constexpr Ns kOldRequest = kSec;
constexpr double kRateWithin = 0.2;
constexpr double kRateSlack = 3;  ///< Requests in 2 s that are chance on an edge with few.
constexpr std::int64_t kRateSeconds = 2;
constexpr Ns kToldWithin = 150 * kMs;  ///< What an edge carried in a second is in the log so soon after it.
constexpr double kBlockAnswers = 8;
constexpr Ns kSlowBlock = 8 * kSec;  ///< Of a slow journey's block, besides the tail that is dropped.
constexpr Ns kHangAge = 6 * kSec;
constexpr Ns kBeyondBound = kSec, kBeyondUsual = kSec;
constexpr Ns kTellsHangs = 6 * kSec;    ///< Of a hold, for requests that are old enough at its end,
constexpr double kTellingRequests = 6;  ///< and as many as make a hang with one to spare.
constexpr Ns kRecoveryLimit = 30 * kSec;
constexpr Ns kShortestBlock = 2 * kSec;
constexpr int kBlockMedians = 4;
constexpr int kClasses = static_cast<int>(AnswerClass::open) + 1;

bool mostly_success(const Steady& steady) { return steady.success * 100 >= kGoodPercent * steady.count; }

/// Medians of the one-second parts of a period.
std::vector<Ns> medians_by_second(std::span<const Sample> samples, Ns from, Ns to) {
  std::vector<Ns> medians;
  for (Ns at = from; at < to; at += kSec) {
    const auto part = between(samples, at, std::min(at + kSec, to));
    if (!part.empty()) medians.push_back(median_latency(part));
  }
  return medians;
}

void set_latency(Steady& steady, std::span<const Sample> samples, Ns from, Ns to) {
  std::vector<Ns> all;
  for (const Sample& sample : samples) all.push_back(sample.latency);
  steady.median = quantile(all, 0.5);
  steady.p95 = quantile(all, 0.95);
  steady.p99 = quantile(all, 0.99);
  const std::vector<Ns> medians = medians_by_second(samples, from, to);
  const Ns spread = (quantile(medians, 0.9) - quantile(medians, 0.1)) / 2;
  const Ns middle = quantile(medians, 0.5);
  steady.spread_percent = middle > 0 ? 100.0 * static_cast<double>(spread) / static_cast<double>(middle) : 0;
  // A switchback compares neighbours, so only what moves more than twice as far as it looks for disturbs it.
  steady.latency_steady = spread < 2 * rise_limit(middle);
}

std::array<double, kClasses> class_shares(std::span<const Sample> samples) {
  std::array<double, kClasses> shares{};
  for (const Sample& sample : samples) shares[static_cast<std::size_t>(sample.answer)] += 1;
  for (double& share : shares) share /= std::max<double>(1, static_cast<double>(samples.size()));
  return shares;
}

/// First and last part of a hold differ, so that it did not show yet what comes.
bool parts_differ(std::span<const Sample> first, std::span<const Sample> last) {
  const auto before = class_shares(first), after = class_shares(last);
  for (std::size_t i = 0; i < kClasses; ++i) {
    if (std::abs(before[i] - after[i]) > kSharesDiffer) return true;
  }
  if (first.empty() || last.empty()) return false;
  return std::abs(median_latency(first) - median_latency(last)) > kMediansDiffer;
}

/// How long so many iterations of a journey take at the steady rate; 0 where that is not known.
Ns time_for(const Facts& facts, double count) {
  const auto* steady = steady_period(facts);
  const double rate = steady == nullptr ? 0 : steady->value.rate;
  return rate > 0 ? static_cast<Ns>(count / rate * 1e9) : 0;
}

Ns slow_for(const Journey& journey) { return slow_limit(journey.steady.median, journey.steady.p95); }

const Journey* measured(const Facts& facts, std::int64_t id) {
  if (id < 0 || id >= static_cast<std::int64_t>(facts.journeys.size())) return nullptr;
  const Journey& journey = facts.journeys[static_cast<std::size_t>(id)];
  return journey.steady.good ? &journey : nullptr;
}

/// How long back answers tell whether a journey is calm, and how many must have come in that time.
struct CalmWindow {
  Ns length = kCalmFor;
  std::int64_t answers = kCalmAnswers;
};

/// 2 s, or longer where the steady state had fewer answers than one a second; fewer answers where even that is short.
CalmWindow calm_window(const Facts& facts, const Journey& journey) {
  const auto* steady = steady_period(facts);
  if (steady == nullptr || journey.steady.count <= 0) return {};
  const Ns gap = std::max<Ns>(1, (steady->value.to - steady->value.from) / journey.steady.count);
  const Ns length = std::clamp(gap * (2 * kCalmAnswers + 1) / 2, kCalmFor, kCalmMost);
  return {length, std::min<std::int64_t>(kCalmAnswers, length / gap)};
}

/// How a journey's answers that came in the window before `now` differ from same and not slow; empty: they do not.
std::string journey_unrest(const Journey& journey, std::span<const Sample> samples, const CalmWindow& window, Ns now) {
  std::int64_t answers = 0;
  for (const Sample& sample : samples) {
    if (sample.done < now - window.length) continue;
    if (sample.answer != AnswerClass::same) {
      const std::string with = sample.status > 0 ? "with status " + std::to_string(sample.status) : "not at all";
      return "is answered otherwise than in its steady state, " + with;
    }
    if (sample.latency > slow_for(journey)) return "is answered more slowly than in its steady state";
    ++answers;
  }
  return answers >= window.answers ? "" : "is not answered";
}

std::string about(const Journey& journey, const std::string& what) { return "`" + journey.declared.name + "` " + what; }

std::int64_t requests_in(const Edge& edge, std::int64_t second) {
  std::int64_t sum = 0;
  const auto end = edge.requests_by_second.lower_bound(second + kRateSeconds);
  for (auto at = edge.requests_by_second.lower_bound(second); at != end; ++at) sum += at->second;
  return sum;
}

/// The edge's requests in the last two seconds that are whole in the log are within what the steady state had, 20 %
/// more or less. An edge with bursts is compared with its own bursts.
bool edge_steady(const Edge& edge, const record::LoadPeriod& steady, Ns now) {
  const std::int64_t first = (steady.from + kSec - 1) / kSec, end = steady.to / kSec;
  if (end - first < kRateSeconds) return true;
  std::int64_t least = requests_in(edge, first), most = least;
  for (std::int64_t second = first + 1; second + kRateSeconds <= end; ++second) {
    const std::int64_t sum = requests_in(edge, second);
    least = std::min(least, sum);
    most = std::max(most, sum);
  }
  const auto sum = static_cast<double>(requests_in(edge, (now - kToldWithin) / kSec - kRateSeconds));
  return sum >= (1 - kRateWithin) * static_cast<double>(least) - kRateSlack &&
         sum <= (1 + kRateWithin) * static_cast<double>(most) + kRateSlack;
}

}  // namespace

std::string_view no_steady_state(const Steady& steady) {
  if (steady.good) return "";
  if (steady.count == 0) return "no answer came";
  if (rate_limited(steady)) return "the application limits its customers' rate";
  return mostly_success(steady) ? "too few answers came" : "below 95 % success";
}

bool rate_limited(const Steady& steady) {
  return !steady.good && steady.too_many > 0 && steady.too_many * 2 >= steady.count - steady.success;
}

Steady steady_state(const Facts& facts, std::int64_t journey, Ns from, Ns to) {
  Steady steady;
  if (journey < 0 || journey >= static_cast<std::int64_t>(facts.journeys.size())) return steady;
  const MachineView machine(facts);
  const Window window{.from = from, .to = to, .journey = journey};
  const auto all = samples_of(facts, machine, window, {});
  const std::span<const Sample> samples = all[static_cast<std::size_t>(journey)];
  steady.count = static_cast<std::int64_t>(samples.size());
  steady.success = std::ranges::count(samples, AnswerClass::same, &Sample::answer);
  steady.too_many = std::ranges::count_if(
      samples, [](const Sample& sample) { return sample.status == kTooMany && sample.answer != AnswerClass::same; });
  steady.good = steady.count >= kSteadyAnswers && mostly_success(steady);
  // No fault is made before the steady state is known: all 429 until then came without one.
  for (const Seen<record::Iteration>& seen : facts.iterations) {
    if (seen.value.journey == journey && seen.value.intended < to) steady.has_429 |= seen.value.status == kTooMany;
  }
  set_latency(steady, samples, from, to);
  return steady;
}

Ns switchback_block(const Facts& facts) {
  const Ns answers = time_for(facts, kBlockAnswers);
  Ns block = std::max(kShortestBlock, answers);
  for (const Journey& journey : facts.journeys) {
    if (!journey.steady.good) continue;
    const Ns median = journey.steady.median;
    // Four medians of a slow journey, nine times, would be minutes: enough is what its answers take besides its tail.
    const Ns needed = std::max(kSlowBlock, answers) + median;
    block = std::max(block,
                     slow_journey(journey.steady) ? std::min(kBlockMedians * median, needed) : kBlockMedians * median);
  }
  return block;
}

Ns usual_wait(const Steady& steady) { return steady.p99; }

Ns hang_limit(const Steady& steady, Ns bound) {
  return std::max({kHangAge, bound + kBeyondBound, usual_wait(steady) * 3 / 2 + kBeyondUsual});
}

bool slow_journey(const Steady& steady) { return steady.good && hang_limit(steady, 0) > kHangAge; }

Ns telling_hold(const Facts& facts, const Experiment& experiment) {
  Ns limit = 0;
  for (const Journey& journey : facts.journeys) {
    if (!slow_journey(journey.steady) || !uses_target(facts, journey, experiment)) continue;
    limit = std::max(limit, hang_limit(journey.steady, 0));
  }
  return limit == 0 ? 0 : limit + std::max(kTellsHangs, time_for(facts, kTellingRequests));
}

Ns recovery_limit(const Steady& steady) { return kRecoveryLimit + (slow_journey(steady) ? usual_wait(steady) : 0); }

Ns recovery_limit(const Facts& facts) {
  Ns limit = kRecoveryLimit;
  for (const Journey& journey : facts.journeys) limit = std::max(limit, recovery_limit(journey.steady));
  return limit;
}

bool hold_longer(const Facts& facts, Ns fault_from, Ns now, std::span<const OpenIteration> open) {
  for (const OpenIteration& waiting : open) {
    const Journey* journey = measured(facts, waiting.journey);
    if (journey == nullptr || waiting.intended < fault_from) continue;
    const Ns limit = std::min(2 * kSec, std::max(kSec, 3 * journey->steady.p95));
    if (now - waiting.intended > limit) return true;
  }
  const MachineView machine(facts);
  const auto all = samples_of(facts, machine, {.from = fault_from, .to = now}, {});
  return std::ranges::any_of(all, [&](const std::vector<Sample>& samples) {
    return parts_differ(between(samples, fault_from, fault_from + kEdgeOfHold),
                        between(samples, now - kEdgeOfHold, now));
  });
}

std::string unrest(const Facts& facts, Ns since, Ns now, std::span<const OpenIteration> open) {
  if (now - since < kCalmFor) return "the time was too short";
  for (const OpenIteration& waiting : open) {
    const Journey* journey = measured(facts, waiting.journey);
    const bool late = journey != nullptr && now - waiting.intended > slow_for(*journey);
    if (late && waiting.intended >= since) return about(*journey, "waits for an answer");
  }
  const MachineView machine(facts);
  // What ended in the window without being slow was intended within the slow limit before it.
  Ns longest = 0;
  for (const Journey& journey : facts.journeys) {
    longest = std::max(longest, calm_window(facts, journey).length + slow_for(journey));
  }
  const Ns from = std::max(since, now - longest - kSec);
  const auto all = samples_of(facts, machine, {.from = from, .to = now}, {});
  for (std::size_t i = 0; i < facts.journeys.size(); ++i) {
    const Journey& journey = facts.journeys[i];
    if (!journey.steady.good) continue;
    const std::string what = journey_unrest(journey, all[i], calm_window(facts, journey), now);
    if (!what.empty()) return about(journey, what);
  }
  return "";
}

bool calm(const Facts& facts, Ns since, Ns now, std::span<const OpenIteration> open) {
  return unrest(facts, since, now, open).empty();
}

std::string not_isolated(const Facts& facts, Ns now, std::span<const OpenIteration> open) {
  if (std::string what = unrest(facts, 0, now, open); !what.empty()) return what;
  for (const OpenIteration& waiting : open) {
    const Journey* journey = measured(facts, waiting.journey);
    // A journey that takes longer than a second in its steady state always has older requests.
    const Ns limit = journey == nullptr ? kOldRequest : std::max(kOldRequest, slow_for(*journey));
    if (now - waiting.intended > limit) return "an earlier request is still under way";
  }
  const auto* steady = steady_period(facts);
  if (steady == nullptr) return "";
  for (const Edge& edge : facts.topology.edges) {
    if (edge.setup || edge_steady(edge, steady->value, now)) continue;
    return "the requests to " + edge.name + " are not as many as in the steady state";
  }
  return "";
}

}  // namespace pl::facts

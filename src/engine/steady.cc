#include <fmt/format.h>

#include <algorithm>

#include "engine/pace.h"
#include "engine/stages.h"
#include "engine/weight.h"
#include "facts/procedure.h"
#include "os/net.h"

namespace pl::engine {
namespace {

constexpr double kSoloWanted = 40;  ///< Of a journey that runs alone, to learn from it quickly.
constexpr double kLearnFrom = 32;   ///< Answers, at least 30 of which make a profile.
constexpr Ns kWarmUp = 2 * kSec;
constexpr Ns kSoloLeast = kSec, kSoloMost = 15 * kSec;
constexpr Ns kSoloLimited = 30 * kSec;  ///< More, where the application limits its customers' rate.
constexpr Ns kSoloDrains =
    150 * kMs;  ///< At the end of its last second, so that the next journey may have the next one.
constexpr Ns kSteadyLeast = 8 * kSec, kSteadyMost = 30 * kSec;
constexpr Ns kTraceShort = 3 * kSec, kTrace = 5 * kSec;
constexpr std::size_t kWrites = 20;
constexpr Ns kReadWithin = 3 * kSec;
constexpr double kSteadyAnswers = 40, kFewestAnswers = 15;  ///< Of a journey; below ten nothing is said of it.
constexpr int kHalvings = 3;      ///< Of the rate, when what it wrote while the rate was looked for made it slower.
constexpr Ns kWaits = 200 * kMs;  ///< Shorter than that is no queue.
constexpr Ns kQueueDrains = 30 * kSec;
constexpr int kGrows = 2, kTimesAlone = 4;

/// How long `count` iterations take at a rate.
Ns time_for(double count, double rate) { return static_cast<Ns>(count / std::max(rate, 0.01) * 1e9); }

Result<void> warm_up(Run& run) {
  const Ns from = run.clock.now();
  run.set_rate(run.rate);
  PL_TRY(run.pause(kWarmUp));
  std::int64_t too_many = 0;
  for (const load::JourneyLive& journey : run.load->live().journeys) too_many += journey.too_many;
  if (too_many > 0) run.rate = std::max(run.rate / 2, std::min(run.rate, kLeastRate));
  run.set_rate(0);
  if (too_many > 0) PL_TRY(wait_for_window(run));
  run.observe(record::LoadPeriod{"warm-up", -1, from, run.clock.now(), run.rate});
  return {};
}

/// Waits for the answers under way, and then for the next whole second, so that the seconds of edges are one journey's.
Result<void> quiet(Run& run, const Pace& pace) {
  PL_TRY(run.drained(pace.late()));
  const Ns now = run.clock.now();
  return run.pause((now / kSec + 1) * kSec - now);
}

/// The longest wait of a journey's iterations that began in a period and have ended; 0: none has.
Ns longest_wait(const facts::Facts& facts, std::size_t journey, Ns from) {
  Ns longest = 0;
  for (auto seen = facts.iterations.rbegin(); seen != facts.iterations.rend() && seen->at >= from; ++seen) {
    const record::Iteration& one = seen->value;
    const bool counts = one.journey == static_cast<std::int64_t>(journey) && one.intended >= from;
    if (counts) longest = std::max(longest, one.done - one.intended);
  }
  return longest;
}

Result<void> solo(Run& run, std::size_t journey, Pace& pace) {
  PL_TRY(quiet(run, pace));
  const double rate = pace.alone_rate(journey, run.rate, kSoloWanted);
  const Ns needed = time_for(kLearnFrom, rate) + kSoloDrains;
  const Ns most = kSoloMost + (pace.slow(journey) ? pace.late(journey) : 0) + (run.limited ? kSoloLimited : 0);
  const Ns length = std::clamp((needed / kSec + 1) * kSec, kSoloLeast, most) - kSoloDrains;
  std::vector<double> rates(run.journeys.size(), 0.0);
  rates[journey] = rate;
  const Ns from = run.clock.now();
  run.load->set_rate(rates);
  run.status("steady", fmt::format("{} alone", run.journeys[journey].name));
  PL_TRY(run.pause(length));
  run.set_rate(0);
  // What a slow journey uses is known by its answers, so the period lasts until they have come.
  if (pace.slow(journey)) PL_TRY(run.drained(pace.late(journey)));
  run.observe(record::LoadPeriod{"solo", static_cast<std::int64_t>(journey), from, run.clock.now(), rate});
  if (const Ns longest = longest_wait(run.look(), journey, from); longest > 0) pace.longest[journey] = longest;
  return {};
}

/// Requests queue: their waits grow from the period's first quarter to its last, or are much longer than those of a
/// journey that runs alone.
bool queues(const facts::Facts& facts, Ns from, Ns to) {
  const auto median = [&](std::int64_t journey, Ns begin, Ns end) {
    return facts::steady_state(facts, journey, begin, end).median;
  };
  const Ns quarter = (to - from) / 4;
  for (const facts::Journey& journey : facts.journeys) {
    const std::int64_t id = journey.declared.id;
    const Ns first = median(id, from, from + quarter);
    if (first > 0 && median(id, to - quarter, to) > kGrows * first + kWaits) return true;
    for (const auto& period : facts.periods) {
      if (period.value.purpose != "solo" || period.value.journey != id) continue;
      const Ns alone = median(id, period.value.from, period.value.to);
      if (median(id, from, to) > kTimesAlone * alone + kWaits) return true;
    }
  }
  return false;
}

/// The application limits its customers' rate below this one: a journey has no steady state by its 429.
bool too_often(const facts::Facts& facts, Ns from, Ns to) {
  return std::ranges::any_of(facts.journeys, [&](const facts::Journey& journey) {
    return facts::rate_limited(facts::steady_state(facts, journey.declared.id, from, to));
  });
}

/// False: it does not carry the rate, which is halved.
Result<bool> all_together(Run& run, const Pace& pace, bool last) {
  run.set_rate(run.rate);
  PL_TRY(run.pause(pace.settles()));
  const Ns from = run.clock.now();
  const Weight weight(run);
  const Ns most = short_run(run) ? kSteadyLeast : kSteadyMost;
  const Ns length =
      std::max(std::clamp(time_for(kSteadyAnswers, run.rate), kSteadyLeast, most), time_for(kFewestAnswers, run.rate));
  run.status("steady", "all journeys together");
  PL_TRY(run.pause(length));
  const Ns to = run.clock.now();
  // Answers that come later belong to the period too: it is judged when they had time to come.
  const auto answered = [&](const facts::Facts&) {
    return std::ranges::none_of(run.open(), [to](const facts::OpenIteration& one) { return one.intended < to; });
  };
  PL_TRY(run.wait_until(answered, pace.late(), 20 * kMs));
  const bool limited = !last && too_often(run.look(), from, to);
  const bool queued = !last && time_for(kFewestAnswers, run.rate / 2) <= kSteadyMost && queues(run.look(), from, to);
  if (limited || queued) {
    run.limited |= limited;
    run.observe(record::LoadPeriod{"warm-up", -1, from, to, run.rate});
    run.rate /= 2;
    run.set_rate(0);
    PL_TRY(run.drained(kQueueDrains));
    if (limited) PL_TRY(wait_for_window(run));
    PL_TRY(quiet(run, pace));
    return false;
  }
  run.observe(record::LoadPeriod{"steady", -1, from, to, run.rate});
  weight.report(run);
  return true;
}

void tell(Run& run) {
  const facts::Facts& facts = run.look();
  for (const facts::Journey& journey : facts.journeys) {
    const facts::Steady& now = journey.steady;
    run.say(journey.declared.id == 0 ? "steady" : "",
            fmt::format("{:<12} {:.1f}/s, p50 {:.0f} ms, p99 {:.0f} ms, {} of {} as expected, spread {:.0f} %{}",
                        journey.declared.name, run.rate, millis(now.median), millis(now.p99), now.success, now.count,
                        now.spread_percent, now.good ? "" : "   no steady state: no cells"));
  }
}

}  // namespace

Result<void> steady(Run& run) {
  Pace pace = PL_TRY(find_pace(run));
  PL_TRY(warm_up(run));
  PL_TRY(run.drained(pace.late()));
  run.load->forget_answers();
  for (std::size_t i = 0; i < run.journeys.size(); ++i) PL_TRY(solo(run, i, pace));
  PL_TRY(quiet(run, pace));
  run.load->learn_profiles();
  PL_TRY(trace_statements(run, short_run(run) ? kTraceShort : kTrace));
  for (int halved = 0; !PL_TRY(all_together(run, pace, halved == kHalvings)); ++halved) {
  }
  tell(run);
  return run.blocking([&] { (void)run.load->verify_writes("steady", kWrites, kReadWithin); });
}

}  // namespace pl::engine

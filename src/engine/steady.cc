#include <fmt/format.h>

#include <algorithm>

#include "engine/last_words.h"
#include "engine/missing.h"
#include "engine/stages.h"
#include "engine/subject.h"
#include "engine/weight.h"
#include "facts/procedure.h"
#include "facts/said.h"
#include "os/net.h"

namespace pl::engine {
namespace {

constexpr double kWanted = 10;      ///< Iterations per second of each journey.
constexpr double kSoloWanted = 40;  ///< Of a journey that runs alone, to learn from it quickly.
constexpr double kLearnFrom = 32;   ///< Answers, at least 30 of which make a profile.
constexpr Ns kClosedPerJourney = kSec;
constexpr Ns kClosedLeast = 4 * kSec, kClosedMost = 12 * kSec;
constexpr Ns kShortRun = 120 * kSec;  ///< A budget up to this shortens the search for the rate and the steady period.
constexpr Ns kWarmUp = 2 * kSec;
constexpr Ns kSoloLeast = kSec, kSoloMost = 15 * kSec;
constexpr Ns kSoloDrains =
    150 * kMs;  ///< At the end of its last second, so that the next journey may have the next one.
constexpr Ns kSteadyLeast = 8 * kSec, kSteadyMost = 30 * kSec;
constexpr Ns kTraceShort = 3 * kSec, kTrace = 5 * kSec;
constexpr Ns kDrain = 5 * kSec;  ///< Longest wait for answers before the next journey is looked at alone.
constexpr double kLeastRate = 0.2;
constexpr std::size_t kWrites = 20;
constexpr Ns kReadWithin = 3 * kSec;
constexpr double kSteadyAnswers = 40, kFewestAnswers = 15;  ///< Of a journey; below ten nothing is said of it.
constexpr int kHalvings = 3;      ///< Of the rate, when what it wrote while the rate was looked for made it slower.
constexpr Ns kWaits = 200 * kMs;  ///< Shorter than that is no queue.
constexpr Ns kQueueDrains = 30 * kSec;
constexpr int kGrows = 2, kTimesAlone = 4;

/// How long `count` iterations take at a rate.
Ns time_for(double count, double rate) { return static_cast<Ns>(count / std::max(rate, 0.01) * 1e9); }

/// The answer that says most of why nothing is a success: the last one with words, else with a status, else any.
const record::Iteration* telling_answer(const facts::Facts& facts) {
  const record::Iteration* best = nullptr;
  const auto rank = [](const record::Iteration& one) { return (one.said.empty() ? 0 : 2) + (one.status > 0 ? 1 : 0); };
  for (const auto& seen : facts.iterations) {
    const std::int64_t journey = seen.value.journey;
    if (journey < 0 || journey >= static_cast<std::int64_t>(facts.journeys.size())) continue;
    if (best == nullptr || rank(seen.value) >= rank(*best)) best = &seen.value;
  }
  return best;
}

/// The error when nothing is a success.
std::string no_success(Run& run) {
  const facts::Facts& facts = run.look();
  std::string text = "no journey was ever answered with success", answer;
  if (const record::Iteration* one = telling_answer(facts)) {
    answer = facts::said_text(one->said);
    text += fmt::format(
        "; the last, of `{}`: {}{}{}", facts.journeys[static_cast<std::size_t>(one->journey)].declared.name,
        one->status > 0 ? fmt::format("status {}", one->status) : "no answer", answer.empty() ? "" : ", ", answer);
    answer += " " + one->said;
  }
  const std::string words = last_error(run.folder->file(kApplicationLog));
  if (says_more(words, answer)) text += "; the application said: " + words;
  return text + hints(facts, !run.request.config.provide.empty(), answer + words);
}

/// A little load that is logged, so that the report can show what was answered.
Result<void> show_failures(Run& run) {
  const Ns from = run.clock.now();
  run.set_rate(1);
  PL_TRY(run.pause(3 * kSec));
  run.set_rate(0);
  PL_TRY(run.pause(kSec));
  run.load->abandon_open();
  run.observe(record::LoadPeriod{"warm-up", -1, from, run.clock.now(), 1});
  return fail(Errc::not_ready, no_success(run));
}

/// A run that must end soon looks for shorter.
bool short_run(const Run& run) { return run.request.budget > 0 && run.request.budget <= kShortRun; }

Result<load::ClosedLoop> find_rate(Run& run) {
  const Ns wanted = static_cast<Ns>(run.journeys.size()) * kClosedPerJourney;
  const Ns length = short_run(run) ? kClosedLeast : std::clamp<Ns>(wanted, kClosedLeast, kClosedMost);
  run.status("steady", "looking for the rate that it carries easily");
  load::ClosedLoop loop;
  PL_TRY(run.blocking([&] { loop = run.load->closed_loop(length); }));
  // An application that ends when it is driven hard is judged at a rate that it carries.
  if (!PL_TRY(await_target(run, kDrain))) PL_TRY(restart_subject(run, "it ended under load without pause"));
  run.rate = load::steady_rate(loop, kWanted);
  if (loop.too_many > 0) run.rate /= 2;
  if (run.rate <= 0) PL_TRY(show_failures(run));
  run.rate = std::max(run.rate, kLeastRate);
  return loop;
}

Result<void> warm_up(Run& run) {
  const Ns from = run.clock.now();
  run.set_rate(run.rate);
  PL_TRY(run.pause(kWarmUp));
  std::int64_t too_many = 0;
  for (const load::JourneyLive& journey : run.load->live().journeys) too_many += journey.too_many;
  if (too_many > 0) run.rate = std::max(run.rate / 2, kLeastRate);
  run.set_rate(0);
  run.observe(record::LoadPeriod{"warm-up", -1, from, run.clock.now(), run.rate});
  return {};
}

/// Waits for the answers under way, and then for the next whole second, so that the seconds of edges are one journey's.
Result<void> quiet(Run& run) {
  PL_TRY(run.drained(kDrain));
  const Ns now = run.clock.now();
  return run.pause((now / kSec + 1) * kSec - now);
}

Result<void> solo(Run& run, std::size_t journey, double alone_per_second) {
  PL_TRY(quiet(run));
  const double rate = std::clamp(alone_per_second / 3, run.rate, kSoloWanted);
  const Ns needed = time_for(kLearnFrom, rate) + kSoloDrains;
  const Ns length = std::clamp((needed / kSec + 1) * kSec, kSoloLeast, kSoloMost) - kSoloDrains;
  std::vector<double> rates(run.journeys.size(), 0.0);
  rates[journey] = rate;
  const Ns from = run.clock.now();
  run.load->set_rate(rates);
  run.status("steady", fmt::format("{} alone", run.journeys[journey].name));
  PL_TRY(run.pause(length));
  run.set_rate(0);
  run.observe(record::LoadPeriod{"solo", static_cast<std::int64_t>(journey), from, run.clock.now(), rate});
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

/// False: it does not carry the rate, which is halved.
Result<bool> all_together(Run& run, bool last) {
  run.set_rate(run.rate);
  PL_TRY(run.pause(kSec));
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
  PL_TRY(run.wait_until(answered, kDrain, 20 * kMs));
  if (!last && time_for(kFewestAnswers, run.rate / 2) <= kSteadyMost && queues(run.look(), from, to)) {
    run.observe(record::LoadPeriod{"warm-up", -1, from, to, run.rate});
    run.rate /= 2;
    run.set_rate(0);
    PL_TRY(run.drained(kQueueDrains));
    PL_TRY(quiet(run));
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
  const load::ClosedLoop loop = PL_TRY(find_rate(run));
  PL_TRY(warm_up(run));
  PL_TRY(run.drained(kDrain));
  run.load->forget_answers();
  for (std::size_t i = 0; i < run.journeys.size(); ++i) {
    PL_TRY(solo(run, i, i < loop.per_second.size() ? loop.per_second[i] : 0));
  }
  PL_TRY(quiet(run));
  run.load->learn_profiles();
  PL_TRY(trace_statements(run, short_run(run) ? kTraceShort : kTrace));
  for (int halved = 0; !PL_TRY(all_together(run, halved == kHalvings)); ++halved) {
  }
  tell(run);
  return run.blocking([&] { (void)run.load->verify_writes("steady", kWrites, kReadWithin); });
}

}  // namespace pl::engine

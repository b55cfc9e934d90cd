#include "engine/pace.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "engine/last_words.h"
#include "engine/missing.h"
#include "engine/stages.h"
#include "engine/subject.h"
#include "facts/said.h"

namespace pl::engine {
namespace {

constexpr double kWanted = 10;  ///< Iterations per second of each journey.
constexpr Ns kClosedPerJourney = kSec;
constexpr Ns kClosedLeast = 4 * kSec, kClosedMost = 12 * kSec;
constexpr Ns kShortRun = 120 * kSec;  ///< A budget up to this shortens the search for the rate and the steady period.
constexpr Ns kFirstAnswerShort = 20 * kSec;  ///< Of a short run.
constexpr Ns kLate = 5 * kSec;               ///< Longest wait for late answers of a journey that is not slow.
constexpr Ns kTimesLongest = 2;
constexpr double kShareOfLimit = 0.5;
constexpr Ns kWindow = 75 * kSec;  ///< Longest wait for the end of a window in which the rate is limited.
constexpr double kAloneShare = 3;  ///< Of what it did without pause.

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

void say_limited(Run& run, Ns waited) {
  const std::string why = "the application answered 429: waited until it let customers through again";
  run.observe(record::StageEnded{"rate limit", waited, why});
  run.say("steady", fmt::format("{}, {:.0f} s", why, seconds(waited)));
}

/// What the generator's thread tells this one.
class Told {
 public:
  void tell(const std::string& text) {
    const std::lock_guard lock(mutex_);
    text_ = text;
  }
  std::string take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(text_, {});
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

Result<load::ClosedLoop> closed_loop(Run& run) {
  const Ns wanted = static_cast<Ns>(run.journeys.size()) * kClosedPerJourney;
  load::ClosedLoopOptions options;
  options.length = short_run(run) ? kClosedLeast : std::clamp<Ns>(wanted, kClosedLeast, kClosedMost);
  if (short_run(run)) options.first_answer = kFirstAnswerShort;
  Told told;
  options.window = kWindow;
  options.told = [&](const load::ClosedLoopWait& wait) {
    const char* what = wait.limited ? "{} was answered 429, waiting {:.0f} s until more is allowed"
                                    : "waiting for the first answer of {}, {:.0f} s at most";
    told.tell(fmt::format(fmt::runtime(what), run.journeys[wait.journey].name, seconds(wait.most)));
  };
  run.status("steady", "looking for the rate that it carries easily");
  load::ClosedLoop loop;
  const auto show = [&] {
    if (const std::string text = told.take(); !text.empty()) run.status("steady", text);
  };
  PL_TRY(run.blocking([&] { loop = run.load->closed_loop(options); }, show));
  return loop;
}

}  // namespace

bool short_run(const Run& run) { return run.request.budget > 0 && run.request.budget <= kShortRun; }

Ns Pace::late(std::size_t journey) const {
  return std::max(kLate, journey < longest.size() ? kTimesLongest * longest[journey] : 0);
}

Ns Pace::late() const {
  Ns most = kLate;
  for (std::size_t i = 0; i < longest.size(); ++i) most = std::max(most, late(i));
  return most;
}

bool Pace::slow(std::size_t journey) const { return late(journey) > kLate; }

Ns Pace::settles() const { return late() > kLate ? late() / kTimesLongest : kSec; }

double Pace::alone_rate(std::size_t journey, double least, double most) const {
  const double alone = journey < per_second.size() ? per_second[journey] : 0;
  const double rate = std::clamp(alone / kAloneShare, least, most);
  const double limit = journey < allowed.size() ? allowed[journey] : 0;
  return limit > 0 ? std::min(rate, kShareOfLimit * limit) : rate;
}

Result<void> wait_for_window(Run& run) {
  const Ns from = run.clock.now(), length = run.load->live().limited_until - from;
  if (length <= 0 || length > kWindow) return {};
  run.status("steady", fmt::format("answered 429, waiting {:.0f} s until more is allowed", seconds(length)));
  PL_TRY(run.pause(length));
  say_limited(run, length);
  return {};
}

Result<Pace> find_pace(Run& run) {
  load::ClosedLoop loop = PL_TRY(closed_loop(run));
  if (loop.waited > 0) say_limited(run, loop.waited);
  // An application that ends when it is driven hard is judged at a rate that it carries.
  if (!PL_TRY(await_target(run, kLate))) PL_TRY(restart_subject(run, "it ended under load without pause"));
  run.rate = load::steady_rate(loop, kWanted);
  run.limited = std::ranges::any_of(loop.allowed, [](double allowed) { return allowed > 0; });
  if (loop.too_many > 0 && !run.limited) run.rate /= 2;
  if (run.rate <= 0) PL_TRY(show_failures(run));
  // The least rate is for what is slow, and never more than a limit lets through.
  run.rate = std::max(run.rate, run.limited ? std::min(kLeastRate, run.rate / kShareOfLimit) : kLeastRate);
  Pace pace{
      .per_second = std::move(loop.per_second), .allowed = std::move(loop.allowed), .longest = std::move(loop.longest)};
  pace.longest.resize(run.journeys.size());  // Nothing came of it where the load was stopped.
  return pace;
}

}  // namespace pl::engine

#include "load/closed_loop.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "load/judge.h"
#include "load/rate_limit.h"

namespace pl::load {
namespace {

/// Users of the parts of one journey, one after the other.
constexpr std::size_t kUsers[] = {4, 32, 64};
constexpr std::size_t kParts = std::size(kUsers);
/// A journey whose answers take longer than this with few users is tried with kUsersOfSlow at most: so many keep a
/// model busy enough to tell a rate, and a quarter of that keeps few waiting at a time.
constexpr Ns kSlow = 5 * kSec;
constexpr std::size_t kUsersOfSlow = 32;
constexpr Ns kTimesLongest = 2;  ///< A part waits that many times the longest wait of the journey for late answers.
/// A journey this fast is not limited by waiting: more users would only queue.
constexpr double kFast = 200;
/// Throughput that grew by this share of what the users grew by is still limited by waiting alone.
constexpr double kGrows = 0.6;
constexpr Ns kPauseAfterFailure = 20 * kMs;
constexpr double kShareOfThroughput = 0.25;  // DESIGN 9
constexpr double kShareOfLimit = 0.5;        ///< The rest is for probes, and for a limit that was misjudged.
constexpr std::int64_t kFewTooMany = 5;      ///< Answers with 429 that end a part: more would only use up the limit.
constexpr Ns kAskAgain = 5 * kSec;           ///< Where the application does not say when more is allowed.
constexpr Ns kAfterReset = 200 * kMs;        ///< Whole seconds are said.

}  // namespace

double steady_rate(const ClosedLoop& loop, double wanted) {
  double per_second_of_each = 0;  // machine seconds that one iteration of every journey takes
  for (const double rate : loop.per_second) {
    if (rate > 0) per_second_of_each += 1 / rate;
  }
  double of_limit = 0;
  for (const double allowed : loop.allowed) {
    if (allowed > 0) of_limit += 1 / allowed;
  }
  const double most = of_limit == 0 ? wanted : std::min(wanted, kShareOfLimit / of_limit);
  return per_second_of_each == 0 ? 0 : std::min(most, kShareOfThroughput / per_second_of_each);
}

std::vector<double> weighted_rates(std::span<const conf::Journey> journeys, double mean) {
  double sum = 0;
  for (const conf::Journey& journey : journeys) sum += std::max(journey.weight, 0.0);
  std::vector<double> rates;
  for (const conf::Journey& journey : journeys) {
    const double share = sum > 0 ? std::max(journey.weight, 0.0) / sum : 0;
    rates.push_back(mean * share * static_cast<double>(journeys.size()));
  }
  return rates;
}

ClosedLoopRunner::ClosedLoopRunner(os::Reactor& reactor, Worker& worker, std::size_t journeys,
                                   ClosedLoopOptions options, std::function<void(ClosedLoop)> done)
    : reactor_(reactor),
      worker_(worker),
      journeys_(journeys),
      options_(std::move(options)),
      share_(options_.length / static_cast<Ns>(2 * journeys)),
      done_(std::move(done)) {}

void ClosedLoopRunner::start() {
  result_.per_second.assign(journeys_, 0);
  result_.longest.assign(journeys_, 0);
  result_.allowed.assign(journeys_, 0);
  good_.assign(journeys_, 0);
  window_from_ = reactor_.now();
  begin_part();
}

std::size_t ClosedLoopRunner::users() const { return kUsers[part_ % kParts]; }

void ClosedLoopRunner::begin_part() {
  from_ = reactor_.now();
  count_ = answered_ = limited_ = 0;
  over_ = false;
  timer_ = reactor_.after(share_, [self = shared_from_this()] { self->end_of_time(); });
  for (std::size_t i = 0; i < users(); ++i) add_user();
}

void ClosedLoopRunner::add_user() {
  const auto told = [self = shared_from_this(), part = part_](const record::Iteration& iteration, const Variables&) {
    self->ended(part, iteration);
  };
  worker_.start_uncounted(part_ / kParts, nullptr, told);
}

void ClosedLoopRunner::ended(std::size_t part, const record::Iteration& iteration) {
  const bool good = !went_wrong(iteration);
  const bool limited = !good && iteration.status == kTooMany;
  result_.too_many += iteration.status == kTooMany ? 1 : 0;
  limited_ += limited && part == part_ ? 1 : 0;
  accepted_ += good ? 1 : 0;
  good_[part / kParts] += good ? 1 : 0;
  count_ += good ? 1 : 0;
  ++answered_;
  Ns& longest = result_.longest[part_ / kParts];
  if (good && part == part_ && part_ % kParts == 0) longest = std::max(longest, iteration.done - iteration.intended);
  const auto again = [self = shared_from_this(), part] {
    if (part != self->part_ || self->wait_from_ > 0) return;
    if (self->limited_ >= kFewTooMany) return self->end_limited();
    if (!self->over_) return self->add_user();
    self->wait_on();
  };
  // Never from inside the iteration's end: that would nest without bound.
  good ? reactor_.post(again) : static_cast<void>(reactor_.after(kPauseAfterFailure, again));
}

/// How long this part may last.
Ns ClosedLoopRunner::longest_part() const {
  const Ns usual = share_ + limits::kClosedExtension;
  if (answered_ == 0) return std::max(usual, options_.first_answer);
  return std::max(usual, std::min(kTimesLongest * result_.longest[part_ / kParts], options_.first_answer));
}

bool ClosedLoopRunner::slow() const { return result_.longest[part_ / kParts] > kSlow; }

void ClosedLoopRunner::end_of_time() {
  over_ = true;
  wait_on();
}

/// Ends the part where enough was answered or it lasted long enough, else waits for that.
void ClosedLoopRunner::wait_on() {
  reactor_.cancel(timer_);
  const Ns lasted = reactor_.now() - from_, usual = share_ + limits::kClosedExtension, most = longest_part();
  if (each_answered() || lasted >= most) return end_part();
  const bool waits = lasted >= usual && answered_ == 0;
  if (waits && options_.told) options_.told({.journey = part_ / kParts, .most = most});
  const Ns next = lasted < usual ? usual : most;
  timer_ = reactor_.after(next - lasted, [self = shared_from_this()] { self->wait_on(); });
}

void ClosedLoopRunner::keep_best() {
  const Ns length = std::max<Ns>(reactor_.now() - from_, 1);
  double& best = result_.per_second[part_ / kParts];
  best = std::max(best, static_cast<double>(count_) * 1e9 / static_cast<double>(length));
}

void ClosedLoopRunner::end_part() {
  reactor_.cancel(timer_);
  const std::size_t journey = part_ / kParts, step = part_ % kParts;
  const Ns length = std::max<Ns>(reactor_.now() - from_, 1);
  const double rate = static_cast<double>(count_) * 1e9 / static_cast<double>(length);
  const double best = result_.per_second[journey];
  const double more_users = step == 0 ? 1 : static_cast<double>(kUsers[step]) / static_cast<double>(kUsers[step - 1]);
  const bool grew = step == 0 ? count_ > 0 : rate > kGrows * more_users * best;
  keep_best();
  const bool more = step + 1 < kParts && (!slow() || kUsers[step + 1] <= kUsersOfSlow);
  if (!grew || rate >= kFast || !more) return next_journey();
  ++part_;
  begin_part();
}

/// The next journey's first part, or the end.
void ClosedLoopRunner::next_journey() {
  part_ += kParts - part_ % kParts;
  retried_ = false;
  worker_.cancel_uncounted();
  if (part_ < kParts * journeys_) return begin_part();
  share_limits();
  done_(result_);
}

void ClosedLoopRunner::end_limited() {
  reactor_.cancel(timer_);
  worker_.cancel_uncounted();
  keep_best();
  wait_from_ = reactor_.now();
  wait_for_window();
}

void ClosedLoopRunner::wait_for_window() {
  const Ns now = reactor_.now(), last = wait_from_ + options_.window, said = worker_.limited_until();
  // A window that is longer than the wait is not waited for.
  if (now >= last || said > last) return window_over(false);
  const Ns until = std::min(last, said > now ? said + kAfterReset : now + kAskAgain);
  if (options_.told) options_.told({.journey = part_ / kParts, .most = until - now, .limited = true});
  timer_ = reactor_.after(until - now, [self = shared_from_this()] { self->ask_again(); });
}

void ClosedLoopRunner::ask_again() {
  const auto told = [self = shared_from_this()](const record::Iteration& iteration, const Variables&) {
    const bool open = iteration.status != kTooMany;
    self->reactor_.post([self, open] { open ? self->window_over(true) : self->wait_for_window(); });
  };
  worker_.start_uncounted(part_ / kParts, nullptr, told);
}

/// What was let through in the window tells the limit. A journey of which nothing was is begun once more.
void ClosedLoopRunner::window_over(bool open) {
  const Ns now = reactor_.now(), said = worker_.limit_window();
  const Ns window = said > 0 ? said : std::max(now, worker_.limited_until()) - window_from_;
  if (accepted_ > 0) {
    const double allowed = static_cast<double>(accepted_) * 1e9 / static_cast<double>(std::max<Ns>(window, 1));
    result_.allowed[part_ / kParts] = allowed;
    least_accepted_ = least_accepted_ == 0 ? accepted_ : std::min(least_accepted_, accepted_);
  }
  result_.waited += now - wait_from_;
  wait_from_ = 0;
  window_from_ = now;
  accepted_ = 0;
  const bool again = open && good_[part_ / kParts] == 0 && !retried_;
  if (!again) return next_journey();
  retried_ = true;
  part_ -= part_ % kParts;
  begin_part();
}

/// A limit that is counted by address holds for all journeys, also for those that did not meet it; not for one of which
/// more got through than the limit let pass.
void ClosedLoopRunner::share_limits() {
  double least = 0;
  for (const double allowed : result_.allowed) {
    if (allowed > 0 && (least == 0 || allowed < least)) least = allowed;
  }
  for (std::size_t i = 0; i < journeys_; ++i) {
    if (result_.allowed[i] == 0 && good_[i] <= least_accepted_) result_.allowed[i] = least;
  }
}

}  // namespace pl::load

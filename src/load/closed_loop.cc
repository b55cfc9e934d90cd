#include "load/closed_loop.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "load/judge.h"

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

}  // namespace

double steady_rate(const ClosedLoop& loop, double wanted) {
  double per_second_of_each = 0;  // machine seconds that one iteration of every journey takes
  for (const double rate : loop.per_second) {
    if (rate > 0) per_second_of_each += 1 / rate;
  }
  return per_second_of_each == 0 ? 0 : std::min(wanted, kShareOfThroughput / per_second_of_each);
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
  begin_part();
}

std::size_t ClosedLoopRunner::users() const { return kUsers[part_ % kParts]; }

void ClosedLoopRunner::begin_part() {
  from_ = reactor_.now();
  count_ = answered_ = 0;
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
  result_.too_many += iteration.status == 429 ? 1 : 0;
  const bool good = !went_wrong(iteration);
  count_ += good ? 1 : 0;
  ++answered_;
  Ns& longest = result_.longest[part_ / kParts];
  if (good && part == part_ && part_ % kParts == 0) longest = std::max(longest, iteration.done - iteration.intended);
  const auto again = [self = shared_from_this(), part] {
    if (part != self->part_) return;
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

void ClosedLoopRunner::end_part() {
  reactor_.cancel(timer_);
  const std::size_t journey = part_ / kParts, step = part_ % kParts;
  const Ns length = std::max<Ns>(reactor_.now() - from_, 1);
  const double rate = static_cast<double>(count_) * 1e9 / static_cast<double>(length);
  double& best = result_.per_second[journey];
  const double more_users = step == 0 ? 1 : static_cast<double>(kUsers[step]) / static_cast<double>(kUsers[step - 1]);
  const bool grew = step == 0 ? count_ > 0 : rate > kGrows * more_users * best;
  best = std::max(best, rate);
  const bool more = step + 1 < kParts && (!slow() || kUsers[step + 1] <= kUsersOfSlow);
  if (grew && rate < kFast && more) {
    ++part_;
  } else {
    part_ += kParts - step;
    worker_.cancel_uncounted();
  }
  if (part_ < kParts * journeys_) return begin_part();
  worker_.cancel_uncounted();
  done_(result_);
}

}  // namespace pl::load

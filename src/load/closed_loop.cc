#include "load/closed_loop.h"

#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "load/judge.h"

namespace pl::load {
namespace {

/// Users of the parts of one journey, one after the other.
constexpr std::size_t kUsers[] = {4, 32, 64};
constexpr std::size_t kParts = std::size(kUsers);
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

ClosedLoopRunner::ClosedLoopRunner(os::Reactor& reactor, Worker& worker, std::size_t journeys, Ns length,
                                   std::function<void(ClosedLoop)> done)
    : reactor_(reactor),
      worker_(worker),
      journeys_(journeys),
      share_(length / static_cast<Ns>(2 * journeys)),
      done_(std::move(done)) {}

void ClosedLoopRunner::start() {
  result_.per_second.assign(journeys_, 0);
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
  const auto again = [self = shared_from_this(), part] {
    if (part != self->part_) return;
    if (!self->over_) return self->add_user();
    if (self->each_answered()) self->end_part();
  };
  // Never from inside the iteration's end: that would nest without bound.
  good ? reactor_.post(again) : static_cast<void>(reactor_.after(kPauseAfterFailure, again));
}

void ClosedLoopRunner::end_of_time() {
  if (each_answered() || over_) return end_part();
  over_ = true;
  timer_ = reactor_.after(limits::kClosedExtension, [self = shared_from_this()] { self->end_of_time(); });
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
  if (grew && rate < kFast && step + 1 < kParts) {
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

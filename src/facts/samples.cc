#include "facts/samples.h"

#include <algorithm>

namespace pl::facts {
namespace {

constexpr Ns kDisorder = kSec;          ///< Ends of iterations may be logged this much out of order.
constexpr Ns kStallHorizon = 3 * kSec;  ///< Stalls later than this in a wait are not what made it long.
constexpr Ns kSlowerBy = 500 * kMs;
constexpr Ns kRise = 100 * kMs;

Sample sample_of(const Seen<record::Iteration>& seen, const Journey& journey, const MachineView& machine,
                 std::int64_t provider_status) {
  const record::Iteration& iteration = seen.value;
  Sample sample;
  sample.intended = iteration.intended;
  sample.done = std::max(iteration.done, iteration.intended);
  sample.ended = iteration.end != record::End::open;
  sample.answer = classify_passed_on(iteration, journey, provider_status);
  sample.stalled = machine.stalled(sample.intended, std::min(sample.done, sample.intended + kStallHorizon));
  sample.latency = sample.wait() - sample.stalled;
  sample.id = seen.id;
  sample.status = iteration.status;
  return sample;
}

bool wanted(const Facts& facts, const MachineView& machine, const Window& window, std::int64_t journey, Ns intended) {
  if (intended < window.from || intended >= window.to) return false;
  if (journey < 0 || journey >= static_cast<std::int64_t>(facts.journeys.size())) return false;
  if (window.journey >= 0 && journey != window.journey) return false;
  if (window.journey < 0 && !facts.journeys[static_cast<std::size_t>(journey)].steady.good) return false;
  return !machine.is_void(intended);
}

void add_open(const Facts& facts, const MachineView& machine, const Window& window, std::span<const OpenIteration> open,
              std::vector<std::vector<Sample>>& samples) {
  for (const OpenIteration& waiting : open) {
    if (!wanted(facts, machine, window, waiting.journey, waiting.intended)) continue;
    Sample sample;
    sample.intended = waiting.intended;
    sample.done = std::max(facts.last, waiting.intended);
    sample.ended = false;
    sample.answer = AnswerClass::open;
    sample.latency = sample.wait();
    sample.id = -1;
    samples[static_cast<std::size_t>(waiting.journey)].push_back(sample);
  }
}

}  // namespace

MachineView::MachineView(const Facts& facts) {
  std::vector<std::pair<Ns, Ns>> all;
  for (const Seen<record::MachineStalled>& stall : facts.stalls) {
    if (stall.value.to > stall.value.from) all.emplace_back(stall.value.from, stall.value.to);
  }
  std::ranges::sort(all);
  for (const auto& [from, to] : all) {
    if (!stalls_.empty() && from <= stalls_.back().second) {
      stalls_.back().second = std::max(stalls_.back().second, to);
    } else {
      stalls_.emplace_back(from, to);
    }
  }
  Ns sum = 0;
  for (const auto& [from, to] : stalls_) {
    before_.push_back(sum);
    sum += to - from;
  }
  for (const Seen<record::GeneratorSecond>& second : facts.generator) {
    if (second.value.is_void) void_seconds_.push_back(second.value.second);
  }
  std::ranges::sort(void_seconds_);
}

Ns MachineView::stalled(Ns from, Ns to) const {
  if (to <= from) return 0;
  const auto until = [this](Ns at) {
    const auto next = std::ranges::lower_bound(stalls_, at, {}, &std::pair<Ns, Ns>::first);
    if (next == stalls_.begin()) return Ns{0};
    const auto last = next - 1;
    return before_[static_cast<std::size_t>(last - stalls_.begin())] + std::min(at, last->second) - last->first;
  };
  return until(to) - until(from);
}

bool MachineView::is_void(Ns at) const { return std::ranges::binary_search(void_seconds_, at / kSec); }

std::vector<std::vector<Sample>> samples_of(const Facts& facts, const MachineView& machine, const Window& window,
                                            std::span<const OpenIteration> open) {
  std::vector<std::vector<Sample>> samples(facts.journeys.size());
  const auto done_of = [](const Seen<record::Iteration>& seen) { return seen.value.done; };
  // What was intended in the window cannot have ended before it.
  auto seen = std::ranges::lower_bound(facts.iterations, window.from - kDisorder, {}, done_of);
  for (; seen != facts.iterations.end() && done_of(*seen) <= window.ended_before; ++seen) {
    const std::int64_t id = seen->value.journey;
    if (!wanted(facts, machine, window, id, seen->value.intended)) continue;
    const auto place = static_cast<std::size_t>(id);
    samples[place].push_back(sample_of(*seen, facts.journeys[place], machine, window.provider_status));
  }
  add_open(facts, machine, window, open, samples);
  for (std::vector<Sample>& list : samples) std::ranges::stable_sort(list, {}, &Sample::intended);
  return samples;
}

std::span<const Sample> between(std::span<const Sample> samples, Ns from, Ns to) {
  const auto first = std::ranges::lower_bound(samples, from, {}, &Sample::intended);
  const auto last = std::ranges::lower_bound(samples, std::max(from, to), {}, &Sample::intended);
  return {first, last};
}

Ns quantile(std::vector<Ns> values, double q) {
  if (values.empty()) return 0;
  const auto place = std::min(values.size() - 1, static_cast<std::size_t>(q * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(place), values.end());
  return values[place];
}

Ns median_latency(std::span<const Sample> samples) {
  std::vector<Ns> values;
  values.reserve(samples.size());
  for (const Sample& sample : samples) values.push_back(sample.latency);
  return quantile(std::move(values), 0.5);
}

std::int64_t count_slow(std::span<const Sample> samples, Ns limit) {
  return std::ranges::count_if(samples, [limit](const Sample& sample) { return sample.latency > limit; });
}

Ns slow_limit(Ns median, Ns p95) { return std::max(median + kSlowerBy, 2 * p95); }

Ns rise_limit(Ns median) { return std::max(kRise, median / 4); }

}  // namespace pl::facts

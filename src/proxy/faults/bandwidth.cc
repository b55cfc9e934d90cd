#include <algorithm>

#include "proxy/faults/all.h"
#include "proxy/faults/wait.h"

namespace pl::proxy::faults {
namespace {

constexpr Ns kSlice = 2 * kMs;     ///< Bytes pass in portions of this much time: no bursts that a reader could feel.
constexpr Ns kCatchUp = 10 * kMs;  ///< A late timer's bytes are made up for within this much.

/// One way: the time from which the next byte may pass.
struct Lane {
  Ns free = 0;

  /// `rate`: bytes per second; 0 lets nothing pass.
  Step admit(double rate, const Waiting& waiting, Ns now) {
    if (waiting.bytes.empty()) return {};
    if (rate == 0) return {.hold_end = true};
    if (free > now) return {.hold_end = true, .again = free};
    const auto portion = static_cast<std::size_t>(std::max(1.0, rate * seconds(kSlice)));
    const std::size_t count = std::min(waiting.bytes.size(), portion);
    free = std::max(free, now - kCatchUp) + static_cast<Ns>(static_cast<double>(count) / rate * 1e9);
    return {.pass = count, .again = free};
  }
};

/// The rate of a fault, and the lanes of all its connections where they share it.
struct Road {
  double rate = 0;
  bool shared = true;
  Measure* measure = nullptr;
  Lane lanes[2];
};

class BandwidthTap : public Tap {
 public:
  explicit BandwidthTap(Road& road) : road_(road) {}
  Step admit(Way way, const Waiting& waiting, Ns now) override {
    Lane& lane = road_.shared ? road_.lanes[index(way)] : own_[index(way)];
    // Another rate counts from now: what was reserved at the old one may be hours away.
    if (rate_ != road_.rate) lane.free = std::min(lane.free, now);
    rate_ = road_.rate;
    const Step step = lane.admit(road_.rate, waiting, now);
    Wait& wait = waits_[index(way)];
    // A portion may be held and pass in one turn; rate 0 holds without a time that it could be late for.
    if (step.pass > 0) wait.release(now, *road_.measure);
    if (step.pass == 0 && step.again != kNever) wait.hold(now, step.again);
    return step;
  }

 private:
  Road& road_;
  double rate_ = 0;
  Lane own_[2];
  Wait waits_[2];
};

class Bandwidth : public Fault {
 public:
  Bandwidth(double rate, bool shared, Measure* measure) : road_{.rate = rate, .shared = shared, .measure = measure} {}
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<BandwidthTap>(road_); }
  void update(const Values& values) override {
    if (values.has("shared")) road_.shared = values["shared"] != 0;
    road_.rate = values["rate"] * 1000;
  }

 private:
  Road road_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_bandwidth(const Values& values, FaultContext context) {
  return std::make_unique<Bandwidth>(values["rate"] * 1000, true, context.measure);
}

Result<std::unique_ptr<Fault>> make_stream_bandwidth(const Values& values, FaultContext context) {
  return std::make_unique<Bandwidth>(values["rate"] * 1000, values["shared"] != 0, context.measure);
}

}  // namespace pl::proxy::faults

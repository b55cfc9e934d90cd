#include <algorithm>
#include <utility>

#include "proxy/faults/all.h"
#include "proxy/faults/wait.h"

namespace pl::proxy::faults {
namespace {

constexpr Ns kSlice = 2 * kMs;     ///< Bytes pass in portions of this much time: no bursts that a reader could feel.
constexpr Ns kCatchUp = 10 * kMs;  ///< A late timer's bytes are made up for within this much.
constexpr Ns kBusy = 5 * kMs;      ///< What comes within this much of what passed before goes on with it.

/// The rate of a fault, and the time that is reserved of it: as of a line on which a byte arrives when it has been
/// sent.
struct Road {
  double rate = 0;  ///< Bytes per second; 0 lets nothing pass.
  bool shared = true;
  Measure* measure = nullptr;
  Ns free[2] = {};  ///< Of each way: behind what all connections have reserved, where they share the rate.
};

/// One way of one connection. Each reserves one portion at a time, so that those who share a rate take turns.
struct Lane {
  Ns free = 0;      ///< Where the rate is its own.
  double rate = 0;  ///< By which the portion was reserved.
  std::size_t portion = 0;
  Ns due = 0;          ///< When the portion has been sent.
  Ns passed = kNever;  ///< When the last one had.
  Wait wait{};

  Step admit(Road& road, Ns& reserved, const Waiting& waiting, Ns now) {
    if (waiting.bytes.empty()) return {};
    // What was reserved at another rate may be hours away.
    if (std::exchange(rate, road.rate) != road.rate) {
      portion = 0;
      passed = kNever;
      free = 0;
    }
    if (rate == 0) return {.hold_end = true};
    if (portion == 0) reserve(reserved, waiting.bytes.size(), now);
    if (now < due) {
      wait.hold(now, due);
      return {.hold_end = true, .again = due};
    }
    wait.release(now, *road.measure);
    passed = now;
    return {.pass = std::exchange(portion, 0)};
  }

  void reserve(Ns& reserved, std::size_t bytes, Ns now) {
    const bool goes_on = passed != kNever && now - passed <= kBusy;
    const auto most = static_cast<std::size_t>(std::max(1.0, rate * seconds(kSlice)));
    portion = std::min(bytes, most);
    reserved = std::max(reserved, goes_on ? now - kCatchUp : now);
    reserved += static_cast<Ns>(static_cast<double>(portion) / rate * 1e9);
    due = reserved;
  }
};

class BandwidthTap : public Tap {
 public:
  explicit BandwidthTap(Road& road) : road_(road) {}
  Step admit(Way way, const Waiting& waiting, Ns now) override {
    Lane& lane = lanes_[index(way)];
    return lane.admit(road_, road_.shared ? road_.free[index(way)] : lane.free, waiting, now);
  }

 private:
  Road& road_;
  Lane lanes_[2];
};

class Bandwidth : public Fault {
 public:
  Bandwidth(double rate, bool shared, Measure* measure) : road_{.rate = rate, .shared = shared, .measure = measure} {}
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<BandwidthTap>(road_); }
  void update(const Values& values) override {
    if (values.has("shared")) road_.shared = values["shared"] != 0;
    const double old = std::exchange(road_.rate, values["rate"] * 1000);
    if (old != road_.rate) road_.free[0] = road_.free[1] = 0;  // another rate counts from now
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

#include <algorithm>

#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

constexpr Ns kSlice = 2 * kMs;     ///< Bytes pass in portions of this much time: no bursts that a reader could feel.
constexpr Ns kCatchUp = 10 * kMs;  ///< A late timer's bytes are made up for within this much.

/// One way of the edge, shared by its connections: the time from which the next byte may pass.
struct Lane {
  double rate;  ///< Bytes per second.
  Ns free = 0;

  Step admit(const Waiting& waiting, Ns now) {
    if (waiting.bytes.empty()) return {};
    if (free > now) return {.hold_end = true, .again = free};
    const auto portion = static_cast<std::size_t>(std::max(1.0, rate * seconds(kSlice)));
    const std::size_t count = std::min(waiting.bytes.size(), portion);
    free = std::max(free, now - kCatchUp) + static_cast<Ns>(static_cast<double>(count) / rate * 1e9);
    return {.pass = count, .again = free};
  }
};

class BandwidthTap : public Tap {
 public:
  explicit BandwidthTap(Lane* lanes) : lanes_(lanes) {}
  Step admit(Way way, const Waiting& waiting, Ns now) override { return lanes_[index(way)].admit(waiting, now); }

 private:
  Lane* lanes_;
};

class Bandwidth : public Fault {
 public:
  explicit Bandwidth(double rate) : lanes_{{rate}, {rate}} {}
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<BandwidthTap>(lanes_); }

 private:
  Lane lanes_[2];
};

}  // namespace

Result<std::unique_ptr<Fault>> make_bandwidth(const Values& values, FaultContext) {
  return std::make_unique<Bandwidth>(values["rate"] * 1000);
}

}  // namespace pl::proxy::faults

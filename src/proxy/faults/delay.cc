#include <algorithm>
#include <deque>

#include "base/limits.h"
#include "proxy/faults/all.h"
#include "proxy/faults/setting_fault.h"

namespace pl::proxy::faults {
namespace {

constexpr Ns kTogether = 20 * kUs;  ///< Arrivals closer than this have one delay.

struct DelaySetting {
  explicit DelaySetting(const Values& values)
      : base(static_cast<Ns>(values["latency"] * kMs)), jitter(static_cast<Ns>(values["jitter"] * kMs)) {}
  Ns base, jitter;
};

/// Marks what arrives with its time; it may pass a delay later. The delay is worked out when it is asked for, so that
/// another setting holds for what waits already. What follows a mark waits behind it: jitter never reorders.
class DelayTap : public Tap {
 public:
  DelayTap(const DelaySetting& setting, TapContext context)
      : setting_(setting), rng_(context.rng), measure_(*context.measure) {}

  void arrive(Way way, std::string_view bytes, Ns now) override {
    Lane& lane = lanes_[index(way)];
    const Ns apart = std::max(kTogether, setting_.base / static_cast<Ns>(limits::kDelayMarks));
    if (lane.marks.empty() || now - lane.marks.back().arrived > apart) {
      lane.marks.push_back({lane.arrived, now, 2 * rng_.uniform() - 1});
    }
    lane.arrived += bytes.size();
  }

  Step admit(Way way, const Waiting& waiting, Ns now) override {
    Lane& lane = lanes_[index(way)];
    const std::size_t before = lane.arrived - waiting.bytes.size();
    std::size_t until = lane.marks.empty() ? lane.arrived : before;
    while (!lane.marks.empty()) {
      const Ns wanted = delay_of(lane.marks.front());
      const Ns waited = now - lane.marks.front().arrived;
      if (waited < wanted) break;
      measure_.delay(wanted, waited);
      lane.marks.pop_front();
      until = lane.marks.empty() ? lane.arrived : lane.marks.front().offset;
    }
    const Ns again = lane.marks.empty() ? kNever : lane.marks.front().arrived + delay_of(lane.marks.front());
    return {.pass = until - before, .again = again};
  }

  std::size_t room() const override { return limits::kRelayDelayBytes; }

 private:
  struct Mark {
    std::size_t offset;  ///< Of its first byte, counted from the fault's beginning.
    Ns arrived;
    double swing;  ///< Its share of the jitter, -1 to 1.
  };
  struct Lane {
    std::size_t arrived = 0;
    std::deque<Mark> marks;
  };
  Ns delay_of(const Mark& mark) const {
    return std::max<Ns>(0, setting_.base + static_cast<Ns>(mark.swing * static_cast<double>(setting_.jitter)));
  }

  const DelaySetting& setting_;
  Rng rng_;
  Measure& measure_;
  Lane lanes_[2];
};

}  // namespace

Result<std::unique_ptr<Fault>> make_delay(const Values& values, FaultContext context) {
  return std::make_unique<SettingFault<DelayTap, DelaySetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

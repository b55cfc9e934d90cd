#include <algorithm>

#include "proxy/faults/all.h"
#include "proxy/faults/setting_fault.h"
#include "proxy/faults/wait.h"

namespace pl::proxy::faults {
namespace {

struct SlicerSetting {
  explicit SlicerSetting(const Values& values)
      : average(static_cast<std::size_t>(values["average_size"])),
        variation(static_cast<std::size_t>(values["size_variation"])),
        delay(static_cast<Ns>(values["delay"] * kUs)) {}
  std::size_t average;  ///< 0: nothing is sliced.
  std::size_t variation;
  Ns delay;
};

class SlicerTap : public Tap {
 public:
  SlicerTap(const SlicerSetting& setting, TapContext context)
      : setting_(setting), rng_(context.rng), measure_(*context.measure) {}
  Step admit(Way way, const Waiting& waiting, Ns now) override {
    if (setting_.average == 0) return pass_all(waiting);
    if (waiting.bytes.empty()) return {};
    Ns& last = last_[index(way)];
    // Never two at one time: they would leave as one.
    const Ns next = last == kNever ? now : last + std::max<Ns>(1, setting_.delay);
    Wait& wait = waits_[index(way)];
    if (now < next) {
      if (setting_.delay > 0) wait.hold(now, next);
      return {.hold_end = true, .again = next};
    }
    wait.release(now, measure_);
    const std::size_t least = setting_.average - std::min(setting_.variation, setting_.average - 1);
    const std::size_t size = least + rng_.below(setting_.average + setting_.variation - least + 1);
    last = now;
    return {.pass = std::min(size, waiting.bytes.size()), .again = now + std::max<Ns>(1, setting_.delay)};
  }

 private:
  const SlicerSetting& setting_;
  Rng rng_;
  Measure& measure_;
  Ns last_[2] = {kNever, kNever};  ///< When the last slice went.
  Wait waits_[2];
};

}  // namespace

Result<std::unique_ptr<Fault>> make_slicer(const Values& values, FaultContext context) {
  return std::make_unique<SettingFault<SlicerTap, SlicerSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

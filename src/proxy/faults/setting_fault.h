#pragma once
#include <memory>
#include <utility>

#include "proxy/fault.h"

namespace pl::proxy::faults {

/// What a tap of a SettingFault is made with.
struct TapContext {
  const ConnectionView& view;
  Rng rng;           ///< Its own: same seed and connection number, same draws.
  Measure* measure;  ///< Of the fault.
};

/// A fault that is nothing but its setting: every tap looks at it, so that another one acts at once. `Setting` is made
/// of a row's Values; `TapType` of the setting, by reference, and a TapContext.
template <class TapType, class Setting>
class SettingFault : public Fault {
 public:
  SettingFault(const Values& values, FaultContext context)
      : seed_(context.rng.next()), measure_(context.measure), setting_(values) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<TapType>(setting_, TapContext{view, chance_of(seed_, view), measure_});
  }
  void update(const Values& values) override { setting_ = Setting(values); }

 private:
  std::uint64_t seed_;
  Measure* measure_;
  Setting setting_;
};

/// A setting that is one time in milliseconds.
template <const char* kName>
struct TimeSetting {
  explicit TimeSetting(const Values& values) : time(static_cast<Ns>(values[kName] * kMs)) {}
  Ns time;
};

}  // namespace pl::proxy::faults

#include "proxy/faults/all.h"
#include "proxy/faults/setting_fault.h"
#include "proxy/faults/wait.h"

namespace pl::proxy::faults {
namespace {

constexpr char kTime[] = "delay";

/// Holds a new connection as if it were still being made; one that was open is left alone.
class SlowConnectTap : public Tap {
 public:
  SlowConnectTap(const TimeSetting<kTime>& setting, TapContext context)
      : delay_(setting.time), fresh_(context.view.fresh), measure_(*context.measure) {}
  Step begin(Ns now) override {
    since_ = now;
    return {};
  }
  Step admit(Way, const Waiting& waiting, Ns now) override {
    if (!fresh_ || now >= since_ + delay_) {
      wait_.release(now, measure_);
      return pass_all(waiting);
    }
    wait_.hold(now, since_ + delay_);
    return {.hold_end = true, .again = since_ + delay_};
  }

 private:
  const Ns& delay_;
  bool fresh_;
  Measure& measure_;
  Wait wait_;
  Ns since_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_slow_connect(const Values& values, FaultContext context) {
  return std::make_unique<SettingFault<SlowConnectTap, TimeSetting<kTime>>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

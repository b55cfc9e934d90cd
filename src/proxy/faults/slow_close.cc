#include "proxy/faults/all.h"
#include "proxy/faults/setting_fault.h"
#include "proxy/faults/wait.h"

namespace pl::proxy::faults {
namespace {

constexpr char kTime[] = "delay";

class SlowCloseTap : public Tap {
 public:
  SlowCloseTap(const TimeSetting<kTime>& setting, TapContext context)
      : delay_(setting.time), measure_(*context.measure) {}
  Step admit(Way way, const Waiting& waiting, Ns now) override {
    if (waiting.end == End::none) return pass_all(waiting);
    Ns& since = since_[index(way)];
    if (since == kNever) since = now;
    const bool holds = now < since + delay_;
    if (holds) {
      waits_[index(way)].hold(now, since + delay_);
    } else {
      waits_[index(way)].release(now, measure_);
    }
    return {.pass = waiting.bytes.size(), .hold_end = holds, .again = holds ? since + delay_ : kNever};
  }

 private:
  const Ns& delay_;
  Measure& measure_;
  Wait waits_[2];
  Ns since_[2] = {kNever, kNever};  ///< When the end came.
};

}  // namespace

Result<std::unique_ptr<Fault>> make_slow_close(const Values& values, FaultContext context) {
  return std::make_unique<SettingFault<SlowCloseTap, TimeSetting<kTime>>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

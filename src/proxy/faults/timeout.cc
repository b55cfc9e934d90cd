#include "proxy/faults/all.h"
#include "proxy/faults/setting_fault.h"

namespace pl::proxy::faults {
namespace {

constexpr char kTime[] = "timeout";

/// Drops everything, and closes the connection a time after both met. An end passes, so that nobody who has left is
/// kept.
class TimeoutTap : public Tap {
 public:
  TimeoutTap(const TimeSetting<kTime>& setting, TapContext) : after_(setting.time) {}
  Step begin(Ns now) override {
    since_ = now;
    return step({}, now);
  }
  Step admit(Way, const Waiting& waiting, Ns now) override { return step(waiting, now); }
  /// Bytes are missing by now: going on would be worse than ending.
  Step leave(Ns) override { return {.close = true}; }

 private:
  Step step(const Waiting& waiting, Ns now) const {
    const Ns due = after_ == 0 ? kNever : since_ + after_;
    return {.drop = waiting.bytes.size(), .close = due <= now, .again = due};
  }

  const Ns& after_;  ///< 0: never.
  Ns since_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_timeout(const Values& values, FaultContext context) {
  return std::make_unique<SettingFault<TimeoutTap, TimeSetting<kTime>>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

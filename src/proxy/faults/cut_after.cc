#include "proxy/faults/all.h"
#include "proxy/faults/setting_fault.h"

namespace pl::proxy::faults {
namespace {

constexpr char kTime[] = "time";

/// Passes everything, and closes the connection a time after both met, however busy it is.
class CutAfterTap : public Tap {
 public:
  CutAfterTap(const TimeSetting<kTime>& setting, TapContext) : after_(setting.time) {}
  Step begin(Ns now) override {
    since_ = now;
    return step({}, now);
  }
  Step admit(Way, const Waiting& waiting, Ns now) override { return step(waiting, now); }

 private:
  Step step(const Waiting& waiting, Ns now) const {
    const Ns due = since_ + after_;
    return {.pass = due <= now ? 0 : waiting.bytes.size(), .close = due <= now, .again = due};
  }

  const Ns& after_;
  Ns since_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_cut_after(const Values& values, FaultContext context) {
  return std::make_unique<SettingFault<CutAfterTap, TimeSetting<kTime>>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

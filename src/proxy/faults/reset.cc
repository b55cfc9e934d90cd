#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

struct ResetSetting {
  Ns after;
  bool holds;  ///< What arrives until then waits, as in Toxiproxy; else it passes.
};

class ResetTap : public Tap {
 public:
  ResetTap(bool fresh, const ResetSetting& setting, Measure& measure)
      : fresh_(fresh), setting_(setting), measure_(measure) {}

  /// A connection that was open is reset whether it carries data or not.
  Step begin(Ns now) override {
    if (!fresh_) since_ = now;
    return step({}, now);
  }
  void arrive(Way, std::string_view, Ns now) override {
    if (since_ == kNever) since_ = now;
  }
  Step admit(Way, const Waiting& waiting, Ns now) override { return step(waiting, now); }

 private:
  Step step(const Waiting& waiting, Ns now) const {
    if (since_ == kNever) return pass_all(waiting);
    const Ns due = since_ + setting_.after;
    if (due <= now) {
      // What it held goes nowhere; the chain, which counts such bytes, ends here.
      measure_.lost += static_cast<std::int64_t>(waiting.bytes.size());
      return {.reset = true};
    }
    return {.pass = setting_.holds ? 0 : waiting.bytes.size(), .hold_end = setting_.holds, .again = due};
  }

  bool fresh_;
  const ResetSetting& setting_;
  Measure& measure_;
  Ns since_ = kNever;  ///< Its first data, or the fault's beginning where it was open by then.
};

class Reset : public Fault {
 public:
  Reset(std::string_view parameter, const Values& values, bool holds, Measure& measure)
      : parameter_(parameter), setting_{0, holds}, measure_(measure) {
    update(values);
  }
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<ResetTap>(view.fresh, setting_, measure_);
  }
  void update(const Values& values) override { setting_.after = static_cast<Ns>(values[parameter_] * kMs); }

 private:
  std::string_view parameter_;
  ResetSetting setting_;
  Measure& measure_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_reset(const Values& values, FaultContext context) {
  return std::make_unique<Reset>("after", values, false, *context.measure);
}

Result<std::unique_ptr<Fault>> make_reset_peer(const Values& values, FaultContext context) {
  return std::make_unique<Reset>("timeout", values, true, *context.measure);
}

}  // namespace pl::proxy::faults

#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

class ResetTap : public Tap {
 public:
  ResetTap(bool fresh, Ns after) : fresh_(fresh), after_(after) {}

  /// A connection that was open is reset whether it carries data or not.
  Step begin(Ns now) override {
    if (!fresh_) due_ = now + after_;
    return step({}, now);
  }
  void arrive(Way, std::string_view, Ns now) override {
    if (due_ == kNever) due_ = now + after_;
  }
  Step admit(Way, const Waiting& waiting, Ns now) override { return step(waiting, now); }

 private:
  Step step(const Waiting& waiting, Ns now) const {
    if (due_ <= now) return {.reset = true};
    return {.pass = waiting.bytes.size(), .again = due_};
  }

  bool fresh_;
  Ns after_;
  Ns due_ = kNever;
};

class Reset : public Fault {
 public:
  explicit Reset(Ns after) : after_(after) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<ResetTap>(view.fresh, after_);
  }

 private:
  Ns after_;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_reset(const Values& values, FaultContext) {
  return std::make_unique<Reset>(static_cast<Ns>(values["after"] * kMs));
}

}  // namespace pl::proxy::faults

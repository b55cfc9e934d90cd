#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

/// Holds a new connection as if it were still being made; one that was open is left alone.
class SlowConnectTap : public Tap {
 public:
  SlowConnectTap(const Ns& delay, bool fresh) : delay_(delay), fresh_(fresh) {}
  Step begin(Ns now) override {
    since_ = now;
    return {};
  }
  Step admit(Way, const Waiting& waiting, Ns now) override {
    if (!fresh_ || now >= since_ + delay_) return pass_all(waiting);
    return {.hold_end = true, .again = since_ + delay_};
  }

 private:
  const Ns& delay_;
  bool fresh_;
  Ns since_ = 0;
};

class SlowConnect : public Fault {
 public:
  explicit SlowConnect(const Values& values) { update(values); }
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<SlowConnectTap>(delay_, view.fresh);
  }
  void update(const Values& values) override { delay_ = static_cast<Ns>(values["delay"] * kMs); }

 private:
  Ns delay_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_slow_connect(const Values& values, FaultContext) {
  return std::make_unique<SlowConnect>(values);
}

}  // namespace pl::proxy::faults

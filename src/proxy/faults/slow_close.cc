#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

class SlowCloseTap : public Tap {
 public:
  explicit SlowCloseTap(const Ns& delay) : delay_(delay) {}
  Step admit(Way way, const Waiting& waiting, Ns now) override {
    if (waiting.end == End::none) return pass_all(waiting);
    Ns& since = since_[index(way)];
    if (since == kNever) since = now;
    const bool holds = now < since + delay_;
    return {.pass = waiting.bytes.size(), .hold_end = holds, .again = holds ? since + delay_ : kNever};
  }

 private:
  const Ns& delay_;
  Ns since_[2] = {kNever, kNever};  ///< When the end came.
};

class SlowClose : public Fault {
 public:
  explicit SlowClose(const Values& values) { update(values); }
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<SlowCloseTap>(delay_); }
  void update(const Values& values) override { delay_ = static_cast<Ns>(values["delay"] * kMs); }

 private:
  Ns delay_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_slow_close(const Values& values, FaultContext) {
  return std::make_unique<SlowClose>(values);
}

}  // namespace pl::proxy::faults

#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

/// Passes everything, and closes the connection a time after both met, however busy it is.
class CutAfterTap : public Tap {
 public:
  explicit CutAfterTap(const Ns& after) : after_(after) {}
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

class CutAfter : public Fault {
 public:
  explicit CutAfter(const Values& values) { update(values); }
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<CutAfterTap>(after_); }
  void update(const Values& values) override { after_ = static_cast<Ns>(values["time"] * kMs); }

 private:
  Ns after_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_cut_after(const Values& values, FaultContext) {
  return std::make_unique<CutAfter>(values);
}

}  // namespace pl::proxy::faults

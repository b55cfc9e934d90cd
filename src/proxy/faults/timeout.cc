#include "proxy/faults/all.h"

namespace pl::proxy::faults {
namespace {

/// Drops everything, and closes the connection a time after both met. An end passes, so that nobody who has left is
/// kept.
class TimeoutTap : public Tap {
 public:
  explicit TimeoutTap(const Ns& after) : after_(after) {}
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

class Timeout : public Fault {
 public:
  explicit Timeout(const Values& values) { update(values); }
  std::unique_ptr<Tap> attach(const ConnectionView&) override { return std::make_unique<TimeoutTap>(after_); }
  void update(const Values& values) override { after_ = static_cast<Ns>(values["timeout"] * kMs); }

 private:
  Ns after_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_timeout(const Values& values, FaultContext) {
  return std::make_unique<Timeout>(values);
}

}  // namespace pl::proxy::faults

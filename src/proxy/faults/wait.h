#pragma once
#include "proxy/fault.h"

namespace pl::proxy::faults {

/// What a fault on bytes holds at the moment, for its Measure: from when, and until when it is meant to.
class Wait {
 public:
  /// It waits, or goes on waiting, until that time.
  void hold(Ns now, Ns due) {
    if (since_ == kNever) since_ = now;
    due_ = due;
  }
  /// It goes on; counted where it had waited.
  void release(Ns now, Measure& measure) {
    if (since_ != kNever) measure.delay(due_ - since_, now - since_);
    since_ = kNever;
  }

 private:
  Ns since_ = kNever;
  Ns due_ = 0;
};

}  // namespace pl::proxy::faults

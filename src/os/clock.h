#pragma once
#include <cstdint>
#include <string>

#include "base/time.h"

namespace pl::os {

/// Time as an argument. Two implementations ship: the machine's clock and a simulated one for tests.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since the clock's origin; never goes back.
  virtual Ns now() const = 0;
};

/// CLOCK_MONOTONIC since an origin: the run's beginning.
class RealClock : public Clock {
 public:
  RealClock();
  /// A clock that shares another's origin, for a second process of the same run.
  explicit RealClock(Ns origin) : origin_(origin) {}
  Ns now() const override;
  /// CLOCK_MONOTONIC of time 0.
  Ns origin() const { return origin_; }

 private:
  Ns origin_;
};

/// Stands still until it is moved. Not for use by two threads.
class SimulatedClock : public Clock {
 public:
  Ns now() const override { return now_; }
  void advance(Ns by) { now_ += by; }

 private:
  Ns now_ = 0;
};

/// UTC wall time, RFC 3339, whole seconds. Only frame 0 and file names may use it.
std::string wall_time();
/// Seconds since 1970, UTC. Only for numbers that must not repeat between runs, and for certificates.
std::int64_t wall_seconds();
/// Sleeps at least this long.
void sleep_for(Ns length);

}  // namespace pl::os

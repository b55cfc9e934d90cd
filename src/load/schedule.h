#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace pl::load {

/// A journey is to be started.
struct Departure {
  std::size_t journey = 0;
  Ns intended = 0;
};

/// When iterations depart: each journey at its own constant rate, evenly spaced, without drift (the k-th departure is
/// k / rate after the first). Knows no clock: it is told the time.
class Schedule {
 public:
  /// `phase`, in [0, 1), turns all journeys together; among themselves they are spread evenly over an interval.
  Schedule(std::size_t journeys, double phase);
  /// From `now` on; a rate that does not change keeps its departures where they were. 0 stops the journey.
  void set_rate(std::size_t journey, double per_second, Ns now);
  bool running() const;
  /// The next departure's time; nothing while all rates are 0.
  std::optional<Ns> next() const;
  /// The next departure that is due at `now`, earliest first; nothing when none is.
  std::optional<Departure> take(Ns now);

 private:
  struct Line {
    double rate = 0;
    double phase = 0;
    Ns first = 0;
    std::int64_t taken = 0;
    Ns next() const;
  };
  const Line* earliest() const;
  std::vector<Line> lines_;
};

}  // namespace pl::load

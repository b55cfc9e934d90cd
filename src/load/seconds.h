#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "base/time.h"
#include "record/kinds.h"

namespace pl::load {

/// The generator's own health by second of the run (DESIGN 8). Knows no clock: it is told the time.
class Seconds {
 public:
  explicit Seconds(Ns latency_limit) : allowed_(latency_limit / 10 > kMs ? latency_limit / 10 : kMs) {}

  /// An iteration was taken up. Its lateness counts in every second from the intended one to the one it was taken up
  /// in: in all of them the load was not what it should have been.
  void taken(Ns intended, Ns taken);
  /// An iteration could not be taken up at all: the second is void.
  void missed(Ns intended);
  /// The seconds that are over at `now`, in order, each once; only those in which something was to be done.
  std::vector<record::GeneratorSecond> over(Ns now);

 private:
  struct Second {
    std::int64_t started = 0;
    std::vector<Ns> lateness;
    bool missed = false;
  };
  Ns allowed_;
  std::map<std::int64_t, Second> seconds_;
};

}  // namespace pl::load

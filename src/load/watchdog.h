#pragma once
#include <atomic>
#include <thread>
#include <vector>

#include "os/clock.h"
#include "record/sink.h"

namespace pl::load {

/// One thread per core that sleeps 10 ms again and again; one that wakes more than 50 ms late writes MachineStalled:
/// the machine stood still for us, and what was measured meanwhile says nothing of the application. At most
/// limits::kWatchdogs threads. Ends them when destroyed.
class Watchdog {
 public:
  Watchdog(const os::Clock& clock, record::Sink sink);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch(int core);

  const os::Clock& clock_;
  record::Sink sink_;
  std::atomic<bool> stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace pl::load

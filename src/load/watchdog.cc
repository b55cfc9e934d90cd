#include "load/watchdog.h"

#include "base/limits.h"
#include "os/thread.h"
#include "record/kinds.h"

namespace pl::load {
namespace {

constexpr Ns kNap = 10 * kMs;
constexpr Ns kLate = 50 * kMs;

}  // namespace

Watchdog::Watchdog(const os::Clock& clock, record::Sink sink) : clock_(clock), sink_(std::move(sink)) {
  for (const int core : os::usable_cores()) {
    if (threads_.size() < limits::kWatchdogs) threads_.emplace_back([this, core] { watch(core); });
  }
}

Watchdog::~Watchdog() {
  stopped_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void Watchdog::watch(int core) {
  os::pin_thread(core);
  while (!stopped_) {
    const Ns from = clock_.now();
    os::sleep_for(kNap);
    const Ns to = clock_.now();
    if (to - from > kNap + kLate) sink_(record::observe(to, record::MachineStalled{from + kNap, to, core}));
  }
}

}  // namespace pl::load

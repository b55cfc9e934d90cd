#include "os/clock.h"

#include <ctime>

namespace pl::os {
namespace {

Ns monotonic() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSec + now.tv_nsec;
}

}  // namespace

RealClock::RealClock() : origin_(monotonic()) {}

Ns RealClock::now() const { return monotonic() - origin_; }

std::string wall_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts;
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::int64_t wall_seconds() { return std::time(nullptr); }

void sleep_for(Ns length) {
  timespec left{length / kSec, length % kSec};
  while (nanosleep(&left, &left) != 0) {
  }
}

}  // namespace pl::os

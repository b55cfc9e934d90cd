#include "os/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "os/clock.h"
#include "os/terminal.h"

namespace pl::os {
namespace {

constexpr int kPatientSignals = 2;

std::atomic<int> signals = 0;
std::atomic<bool> requested = false;
int wake_ends[2] = {-1, -1};

void wake() {
  const char byte = 1;
  if (wake_ends[1] >= 0) [[maybe_unused]]
    const ssize_t written = ::write(wake_ends[1], &byte, 1);
}

/// Async-signal-safe: atomics, write, tcsetattr and _exit only (signal-safety(7)).
void on_signal(int number) {
  if (signals.fetch_add(1) >= kPatientSignals) {
    give_back_terminal();
    ::_exit(128 + number);
  }
  requested = true;
  wake();
}

}  // namespace

void catch_stop_signals() {
  if (wake_ends[0] < 0 && ::pipe2(wake_ends, O_CLOEXEC | O_NONBLOCK) != 0) wake_ends[0] = wake_ends[1] = -1;
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

bool stop_requested() { return requested; }

void request_stop() {
  requested = true;
  wake();
}

int stop_descriptor() { return wake_ends[0]; }

bool sleep_or_stop(Ns length) {
  if (requested) return true;
  if (wake_ends[0] < 0) {
    sleep_for(length);
    return requested;
  }
  // The byte is never read: once a stop is asked for, every sleep ends at once.
  pollfd end{wake_ends[0], POLLIN, 0};
  const timespec time{length / kSec, length % kSec};
  ::ppoll(&end, 1, &time, nullptr);
  return requested;
}

}  // namespace pl::os

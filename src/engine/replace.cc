#include "engine/replace.h"

#include <algorithm>

namespace pl::engine {
namespace {

constexpr Ns kBefore = kSec;      ///< Customers are served by the old one.
constexpr Ns kAfter = 4 * kSec;   ///< From the moment on when it is told to end.
constexpr Ns kEnding = 6 * kSec;  ///< For its end, and for answers under way.
constexpr Ns kStep = 50 * kMs;

/// The process of the old instance that is told to end.
pid_t old_root(Run& run) {
  const facts::Facts& facts = run.look();
  const std::int64_t entry = facts.topology.entry;
  if (entry < 0) return run.subject.pid;
  const auto root = static_cast<pid_t>(facts.topology.components[static_cast<std::size_t>(entry)].root);
  return root != 0 && run.sandbox->running(root) ? root : run.subject.pid;
}

}  // namespace

Result<void> replace_first(Run& run, const Endpoint& second, record::SecondInstance& seen) {
  run.status("instances", "the new instance takes over, the old one is told to end");
  const pid_t old = old_root(run);
  run.set_rate(run.rate);
  PL_TRY(run.pause(kBefore));
  seen.replaced_from = run.clock.now();
  run.load->set_target(second, run.subject.host);
  PL_TRY(run.sandbox->terminate(old));
  PL_TRY(run.pause(kAfter));
  seen.replaced_to = run.clock.now();
  run.set_rate(0);
  PL_TRY(run.drained(kEnding));
  run.load->abandon_open();
  const Ns left = std::max<Ns>(0, seen.replaced_from + kEnding - run.clock.now());
  seen.old_ended = PL_TRY(run.wait_until([&](const facts::Facts&) { return !run.sandbox->running(old); }, left, kStep));
  return {};
}

}  // namespace pl::engine

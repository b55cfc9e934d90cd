#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/drills.h"
#include "engine/harmless.h"
#include "engine/holding.h"
#include "engine/injection.h"
#include "os/net.h"

namespace pl::engine {
namespace {

constexpr std::size_t kInFlight = 5;
constexpr std::size_t kAttempts = 4;  ///< Pairs of a journey and a dependency that are tried, each twice at most.
constexpr Ns kShortest = 20 * kMs;    ///< A shorter wait holds nothing.
constexpr Ns kBack = 10 * kSec;       ///< For a server behind a front to serve after a start.
constexpr Ns kBetween = kSec;         ///< After an attempt, for the application to get back to its usual.
constexpr Ns kWatch = 20 * kSec;      ///< After TERM, for answers and for the exit.
constexpr Ns kStep = 20 * kMs;

/// Where the component accepts what customers send to it, or what the front passes on to it.
std::uint16_t port_of(Run& run, std::int64_t component) {
  const facts::Topology& topology = run.look().topology;
  if (component == topology.entry) return run.subject.target.port;
  for (const facts::Listener& listener : topology.components[static_cast<std::size_t>(component)].listeners) {
    if (listener.port != 0) return static_cast<std::uint16_t>(listener.port);
  }
  return 0;
}

/// Nothing is in flight any more: counts what became of the requests. `queued`: how many the application had not
/// accepted when it was told to end.
void count(const std::vector<record::Iteration>& ended, std::size_t sent, std::int64_t queued,
           const std::set<std::int64_t>& usual, record::DrillEnded& drill) {
  for (const record::Iteration& one : ended) {
    const bool whole = one.end == record::End::complete;
    // The first request was in flight and answered when a later one found nobody.
    const bool later = one.step > 0 && one.end == record::End::refused;
    if (later || (whole && (usual.contains(one.status) || (one.expected && one.status < 500)))) {
      ++drill.drained;
    } else if (whole && (one.status == 503 || one.status == 429)) {
      ++drill.refused;
    } else {
      ++drill.cut;
    }
  }
  drill.cut += static_cast<std::int64_t>(sent - std::min(sent, ended.size()));
  drill.waiting = std::min(queued, drill.cut);
  drill.result = drill.cut > drill.waiting ? "cut" : drill.refused > 0 ? "refused" : "drained";
}

/// Requests that are held, and TERM in the middle of their wait.
struct Held {
  Ns from = 0, signalled = 0;  ///< signalled 0: nothing was in flight any more, and nobody was told to end.
  std::size_t in_flight = 0;   ///< When it was told to end.
  std::size_t early = 0;       ///< Of those that ended: before that.
  std::int64_t queued = 0;     ///< Connects that were not accepted then.
  Ns longest = 0;              ///< Wait of those that ended before TERM.
  std::shared_ptr<const load::Volley> volley;
};

/// Sends the requests and waits for the moment of TERM, which is told where some are in flight.
Result<Held> hold(Run& run, const Holding& holding, std::int64_t component, pid_t root) {
  Held held;
  held.from = run.clock.now();
  held.volley = run.load->send_once(static_cast<std::size_t>(holding.journey), kInFlight);
  PL_TRY(run.pause(holding.until_term));
  held.in_flight = held.volley->open();
  const std::vector<record::Iteration> ended = held.volley->ended();
  held.early = ended.size();
  for (const record::Iteration& one : ended) held.longest = std::max(held.longest, one.done - one.intended);
  if (held.in_flight == 0) return held;
  held.queued = os::queued_connects(port_of(run, component));
  held.signalled = run.clock.now();
  PL_TRY(run.sandbox->terminate(root));
  return held;
}

/// Waits until the component is there and answers: after a start a front serves before what is behind it.
Result<bool> is_back(Run& run, std::int64_t component) {
  const Way way = way_to(run, run.live.finished(), component);
  return run.wait_until(
      [&](const facts::Facts& facts) {
        const std::int64_t root = facts.topology.components[static_cast<std::size_t>(component)].root;
        return root > 0 && run.sandbox->running(static_cast<pid_t>(root)) && (!way.behind || answers(run, way));
      },
      kBack, kStep);
}

/// One attempt to tell it to end with requests in flight; what was in flight is judged.
Result<Held> attempt(Run& run, const Holding& holding, pid_t root, std::set<std::int64_t>& usual,
                     record::DrillEnded& drill) {
  const plan::PlannedExperiment silence{.key = drill.key, .fault = "silent", .edge = holding.edge};
  Injection injection(run, silence);
  PL_TRY(injection.on());
  const Held held = PL_TRY(hold(run, holding, drill.component, root));
  drill.edge = holding.edge;
  if (held.signalled == 0) {
    injection.off();
    for (const record::Iteration& one : held.volley->ended()) {
      if (one.end == record::End::complete) usual.insert(one.status);
    }
    PL_TRY(run.pause(kBetween));
    return held;
  }
  const auto over = [&](const facts::Facts&) { return held.volley->open() == 0 && !run.sandbox->running(root); };
  const auto enough = [&](const facts::Facts& facts) {
    return run.clock.now() >= held.from + kHeldSilent || over(facts);
  };
  PL_TRY(run.wait_until(enough, kHeldSilent, kStep));
  injection.off();
  PL_TRY(run.wait_until(over, kWatch, kStep));
  std::vector<record::Iteration> ended = held.volley->ended();
  ended.erase(ended.begin(), ended.begin() + static_cast<std::ptrdiff_t>(std::min(held.early, ended.size())));
  PL_TRY(run.pause(200 * kMs));
  usual.merge(usual_when_silent(run.look(), holding));
  count(ended, held.in_flight, held.queued, usual, drill);
  return held;
}

}  // namespace

Result<void> drill_requests(Run& run, const plan::PlannedExperiment& planned) {
  std::vector<Holding> holdings = holdings_of(run.live.finished(), planned.component);
  std::string why = "no journey waits for a dependency, so requests cannot be kept in flight while it is told to end";
  record::DrillEnded drill{.key = planned.key, .drill = "terminate", .component = planned.component};
  if (!PL_TRY(is_back(run, planned.component))) {
    run.observe(record::ExperimentLeftOut{planned.key, "it did not serve again within 10 s of a start", true});
    return {};
  }
  const pid_t root = root_of(run, planned);
  std::size_t attempts = 0;
  for (std::size_t i = 0; i < holdings.size() && attempts < kAttempts; ++i, ++attempts) {
    std::set<std::int64_t> usual;
    Held held = PL_TRY(attempt(run, holdings[i], root, usual, drill));
    // Its own limit is known now: TERM comes within it.
    if (held.signalled == 0 && until_term(held.longest) < holdings[i].until_term && held.longest >= kShortest) {
      holdings[i].until_term = until_term(held.longest);
      held = PL_TRY(attempt(run, holdings[i], root, usual, drill));
    }
    if (held.signalled > 0) {
      end_drill(run, root, held.signalled, "requests in flight", std::move(drill));
      return {};
    }
    why = fmt::format(
        "no request was in flight any more when it should have been told to end: with a silent "
        "dependency the longest wait was {:.0f} ms",
        static_cast<double>(held.longest) / static_cast<double>(kMs));
  }
  run.observe(record::ExperimentLeftOut{planned.key, why, false});
  return {};
}

}  // namespace pl::engine

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/drills.h"
#include "engine/injection.h"
#include "os/net.h"

namespace pl::engine {
namespace {

constexpr std::size_t kInFlight = 5;
constexpr Ns kSilent = 4 * kSec;       ///< How long the dependency is silent, from the requests on.
constexpr Ns kBeforeTerm = 600 * kMs;  ///< From the requests to TERM.
constexpr Ns kWatch = 20 * kSec;       ///< After TERM, for answers and for the exit.
constexpr Ns kStep = 20 * kMs;

/// Something to hold requests with: a journey, and the dependency of the component that it waits for.
struct Holding {
  std::int64_t journey = -1;
  std::int64_t edge = -1;
};

/// The heaviest journey that uses a dependency of the component, and of its dependencies the busiest.
Holding holding_of(const facts::Facts& facts, std::int64_t component) {
  Holding best;
  double weight = 0;
  for (const facts::Journey& journey : facts.journeys) {
    if (!journey.steady.good || journey.declared.health || journey.declared.weight <= weight) continue;
    std::int64_t busiest = -1;
    for (const std::int64_t id : journey.uses) {
      const facts::Edge& edge = facts.topology.edges[static_cast<std::size_t>(id)];
      if (edge.setup || edge.port == 0 || edge.from != component) continue;
      if (busiest < 0 || edge.requests > facts.topology.edges[static_cast<std::size_t>(busiest)].requests) busiest = id;
    }
    if (busiest < 0) continue;
    best = {journey.declared.id, busiest};
    weight = journey.declared.weight;
  }
  return best;
}

/// Statuses that the journey's answers have while the dependency is silent, told to end or not: the application's own
/// limit answers so, and such an answer was not cut.
std::set<std::int64_t> usual_when_silent(const facts::Facts& facts, const Holding& holding) {
  std::set<std::int64_t> statuses;
  for (const auto& trial : facts.trials) {
    if (trial.value.edge != holding.edge || trial.value.fault != "silent" || !trial.value.aborted.empty()) continue;
    for (const auto& seen : facts.iterations) {
      const record::Iteration& one = seen.value;
      // A limit that is longer than the drill's silence does not answer in it.
      const bool within = one.intended >= trial.value.fault_from && one.intended < trial.value.fault_to &&
                          one.done - one.intended < kSilent;
      if (within && one.journey == holding.journey && one.end == record::End::complete) statuses.insert(one.status);
    }
  }
  return statuses;
}

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

}  // namespace

Result<void> drill_requests(Run& run, const plan::PlannedExperiment& planned) {
  const Holding holding = holding_of(run.live.finished(), planned.component);
  if (holding.edge < 0) {
    run.observe(record::ExperimentLeftOut{
        planned.key, "no journey waits for a dependency, so requests cannot be kept in flight while it is told to end",
        false});
    return {};
  }
  record::DrillEnded drill{
      .key = planned.key, .drill = "terminate", .component = planned.component, .edge = holding.edge};
  const plan::PlannedExperiment silence{.key = planned.key, .fault = "silent", .edge = holding.edge};
  const pid_t root = root_of(run, planned);
  Injection injection(run, silence);
  PL_TRY(injection.on());
  const Ns from = run.clock.now();
  const auto volley = run.load->send_once(static_cast<std::size_t>(holding.journey), kInFlight);
  PL_TRY(run.pause(kBeforeTerm));
  const std::size_t in_flight = volley->open();
  const std::size_t early = volley->ended().size();
  const std::int64_t queued = os::queued_connects(port_of(run, planned.component));
  const Ns signalled = run.clock.now();
  PL_TRY(run.sandbox->terminate(root));
  const auto over = [&](const facts::Facts&) { return volley->open() == 0 && !run.sandbox->running(root); };
  const auto enough = [&](const facts::Facts& facts) { return run.clock.now() >= from + kSilent || over(facts); };
  PL_TRY(run.wait_until(enough, kSilent, kStep));
  injection.off();
  PL_TRY(run.wait_until(over, kWatch, kStep));
  std::vector<record::Iteration> ended = volley->ended();
  ended.erase(ended.begin(), ended.begin() + static_cast<std::ptrdiff_t>(std::min(early, ended.size())));
  PL_TRY(run.pause(200 * kMs));
  if (in_flight == 0) {
    drill.result = "not decided";
    drill.note = "no request was in flight any more when it was told to end";
  } else {
    count(ended, in_flight, queued, usual_when_silent(run.look(), holding), drill);
  }
  end_drill(run, root, signalled, "requests in flight", std::move(drill));
  return {};
}

}  // namespace pl::engine

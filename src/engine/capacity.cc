#include <fmt/format.h>

#include <algorithm>

#include "engine/stages.h"
#include "engine/subject.h"
#include "engine/weight.h"
#include "facts/procedure.h"
#include "facts/topology.h"

namespace pl::engine {
namespace {

constexpr Ns kStep = 2 * kSec;
constexpr Ns kSettle = 500 * kMs;  ///< At a new rate, before it counts.
constexpr Ns kLate = 2 * kSec;     ///< For the answers of a step to come in after it.
constexpr int kSteps = 8;          ///< Of one ladder, the bisection around the knee included.
constexpr int kBisections = 1;
constexpr double kGrowth = 2;
constexpr double kFirst = 4;  ///< Times the steady rate, which is at most a quarter of what was carried without pause.
constexpr double kHeldPercent = 95;        ///< Of what was started is good; slo.errors says it where it is declared.
constexpr double kInstrumentShare = 0.25;  ///< Of the machine; above it a figure is instrument-limited (DESIGN 6).
constexpr Ns kLeastLimit = 500 * kMs;
constexpr int kUsualTimes = 10;
constexpr Ns kEstimate = 60 * kSec;

/// Answers later than this do not count: what is promised, or ten times the slowest journey's usual p99.
Ns limit_of(const Run& run, const facts::Facts& facts) {
  if (run.request.config.slo.p99 > 0) return run.request.config.slo.p99;
  Ns usual = 0;
  for (const facts::Journey& journey : facts.journeys) usual = std::max(usual, journey.steady.p99);
  return std::max(kLeastLimit, kUsualTimes * usual);
}

double held_percent(const Run& run) {
  const double errors = run.request.config.slo.errors_percent;
  return errors >= 0 ? 100 - errors : kHeldPercent;
}

/// Processor time of the components by name, and of the instrument.
struct Times {
  std::vector<std::pair<std::string, Ns>> components;
  Ns instrument = 0;
};

Times times(Run& run) {
  Weight::Times all = Weight::read(run);
  Times out;
  for (const facts::Component& component : run.look().topology.components) {
    const auto used = all.find("component:" + std::to_string(component.root));
    if (used != all.end()) out.components.emplace_back(facts::plain_name(component), used->second);
  }
  out.instrument = all["relay"] + all["load"] + all["supervisor"];
  return out;
}

void note_processor(const Times& before, const Times& after, record::CapacityStep& step) {
  const double length = seconds(step.to - step.from);
  for (std::size_t i = 0; i < after.components.size() && i < before.components.size(); ++i) {
    const double cores = seconds(after.components[i].second - before.components[i].second) / length;
    step.machine_cores += std::max(cores, 0.0);
    if (cores <= step.busiest_cores) continue;
    step.busiest_cores = cores;
    step.busiest = after.components[i].first;
  }
  step.instrument_cores = seconds(after.instrument - before.instrument) / length;
}

/// What became of the iterations that were intended within the step.
void note_answers(const facts::Facts& facts, record::CapacityStep& step) {
  std::vector<Ns> waits;
  for (auto seen = facts.iterations.rbegin(); seen != facts.iterations.rend() && seen->at >= step.from; ++seen) {
    const record::Iteration& one = seen->value;
    const bool known = one.journey >= 0 && one.journey < static_cast<std::int64_t>(facts.journeys.size());
    if (!known || one.intended < step.from || one.intended >= step.to) continue;
    const Ns wait = one.done - one.intended;
    const bool same =
        facts::classify(one, facts.journeys[static_cast<std::size_t>(one.journey)]) == facts::AnswerClass::same;
    waits.push_back(wait);
    ++(same && wait <= step.limit ? step.good : step.failed);
  }
  std::ranges::sort(waits);
  if (!waits.empty()) step.p99 = waits[waits.size() * 99 / 100];
}

bool generator_late(const facts::Facts& facts, const record::CapacityStep& step) {
  return std::ranges::any_of(facts.generator, [&](const auto& seen) {
    const Ns at = seen.value.second * kSec;
    return seen.value.is_void && at + kSec > step.from && at < step.to;
  });
}

void note_connections(const facts::Facts& facts, record::CapacityStep& step) {
  for (const facts::Edge& edge : facts.topology.edges) {
    if (edge.setup || !step.through_relay || edge.open <= step.connections) continue;
    step.connections = edge.open;
    step.connections_edge = edge.name;
  }
}

/// The journeys with a steady state, `offered` per second together, in the proportion of their weights. The others fail
/// with nothing broken: counted in, no rate would be held.
std::vector<double> rates_of(const Run& run, const facts::Facts& facts, double offered) {
  std::vector<conf::Journey> journeys = run.journeys;
  for (std::size_t i = 0; i < journeys.size() && i < facts.journeys.size(); ++i) {
    if (!facts.journeys[i].steady.good) journeys[i].weight = 0;
  }
  return load::weighted_rates(journeys, offered / static_cast<double>(journeys.size()));
}

Result<record::CapacityStep> one_step(Run& run, double offered, bool through_relay) {
  run.load->set_rate(rates_of(run, run.look(), offered));
  PL_TRY(run.pause(kSettle));
  record::CapacityStep step{.through_relay = through_relay, .from = run.clock.now(), .offered = offered};
  step.limit = limit_of(run, run.look());
  const Times before = times(run);
  run.status("capacity", fmt::format("{:.0f} customers' journeys per second{}", offered,
                                     through_relay ? "" : ", without the relay"));
  PL_TRY(run.pause(kStep));
  step.to = run.clock.now();
  note_processor(before, times(run), step);
  note_connections(run.look(), step);
  step.started = static_cast<std::int64_t>(offered * seconds(step.to - step.from));
  run.set_rate(0);
  PL_TRY(run.drained(std::min(step.limit, kLate)));
  run.load->abandon_open();
  PL_TRY(run.pause(50 * kMs));
  const facts::Facts& facts = run.look();
  note_answers(facts, step);
  const double share = step.instrument_cores / static_cast<double>(facts.run.cores);
  step.is_void = generator_late(facts, step) || share > kInstrumentShare;
  const std::int64_t all = std::max(step.started, step.good + step.failed);
  // One may fall between the two counts: the step's end is no answer's end.
  step.held = step.good > 0 && static_cast<double>(step.good) * 100 >= static_cast<double>(all - 1) * held_percent(run);
  run.observe(step);
  return step;
}

/// Where a ladder ended.
struct Knee {
  double held = 0;    ///< The highest rate that was held; 0: none.
  double broken = 0;  ///< The lowest that was not; 0: none.
};

/// Doubles the rate until it is not held any more, then looks between. With a knee that is known from before, its two
/// rates are tried first, and that is enough where it is the same again.
Result<Knee> ladder(Run& run, double first, bool through_relay, const Knee& known) {
  Knee knee;
  double next = first;
  int bisections = 0;
  for (int i = 0; i < kSteps && bisections <= kBisections; ++i) {
    const record::CapacityStep step = PL_TRY(one_step(run, next, through_relay));
    if (!subject_runs(run)) PL_TRY(restart_subject(run, "it ended under load"));
    (step.held ? knee.held : knee.broken) = next;
    if ((step.is_void && !step.held) || (known.broken > 0 && next == known.broken)) break;
    bisections += knee.broken > 0 ? 1 : 0;
    if (knee.broken == 0) {
      next = known.broken > next ? known.broken : next * kGrowth;
    } else {
      next = knee.held > 0 ? (knee.held + knee.broken) / 2 : knee.broken / kGrowth;
    }
  }
  return knee;
}

/// The slowest of the journeys whose answers take too long for the ladder; nullptr: there is none.
const facts::Journey* slowest(const facts::Facts& facts) {
  const facts::Journey* slowest = nullptr;
  for (const facts::Journey& journey : facts.journeys) {
    if (!facts::slow_journey(journey.steady)) continue;
    if (slowest == nullptr || journey.steady.median > slowest->steady.median) slowest = &journey;
  }
  return slowest;
}

/// Why no ladder is made; empty: it is.
std::string why_none(Run& run) {
  if (run.beyond_budget(kEstimate)) return "budget";
  if (run.limited) return "the application limits its customers' rate: the ladder would find that limit";
  const facts::Journey* slow = slowest(run.look());
  if (slow == nullptr) return "";
  return fmt::format("`{}` takes {:.1f} s, and the ladder's steps of {:.0f} s say nothing of it", slow->declared.name,
                     seconds(slow->steady.median), seconds(kStep));
}

Result<void> fresh_start(Run& run, bool through_relay) {
  PL_TRY(run.sandbox->redirect(through_relay));
  PL_TRY(restart_subject(run,
                         through_relay ? "for the capacity through the relay" : "for the capacity without the relay"));
  // A little load first, so that pools and compilers are warm.
  run.set_rate(run.rate);
  return run.pause(2 * kSec);
}

}  // namespace

Result<void> capacity(Run& run) {
  if (!any_steady(run.look()) || !run.request.only.empty()) return {};
  if (const std::string why = why_none(run); !why.empty()) {
    run.observe(record::ExperimentLeftOut{"architecture.capacity", why, false});
    return {};
  }
  const auto sound = std::ranges::count_if(run.look().journeys, [](const auto& one) { return one.steady.good; });
  const double first = kFirst * run.rate * static_cast<double>(sound);
  run.status("capacity", "looking for the capacity");
  PL_TRY(fresh_start(run, false));
  const Knee without = PL_TRY(ladder(run, first, false, {}));
  PL_TRY(fresh_start(run, true));
  const Knee with = PL_TRY(ladder(run, without.held > 0 ? without.held : first, true, without));
  run.set_rate(0);
  run.say("capacity",
          fmt::format("{:.0f} journeys per second held without the relay, {:.0f} with it", without.held, with.held));
  return {};
}

}  // namespace pl::engine

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/absent_rules.h"
#include "engine/harmless.h"
#include "engine/prober.h"
#include "engine/stages.h"
#include "engine/subject.h"
#include "facts/flows.h"
#include "facts/program_name.h"
#include "os/net.h"
#include "plan/plan.h"

namespace pl::engine {
namespace {

constexpr Ns kStep = 50 * kMs;
constexpr Ns kEstimate = 20 * kSec;
constexpr Ns kServesAgain = 30 * kSec;  ///< From the dependency's return, as for recovery from any other fault.
constexpr Ns kAskAgain = 500 * kMs;

/// A component as it is known before it listens: by its executable and its script.
struct Program {
  std::string executable;  ///< Base name.
  std::string name;        ///< Script or program.
  Way way;
};

Program program_of(const Run& run, const facts::Facts& facts, std::int64_t component) {
  const facts::Component& asked = facts.topology.components[static_cast<std::size_t>(component)];
  Program program{.way = way_to(run, facts, component)};
  for (const auto& seen : facts.started) {
    if (std::ranges::find(asked.roots, seen.value.pid) == asked.roots.end()) continue;
    program.executable = seen.value.exe.substr(seen.value.exe.rfind('/') + 1);
    program.name = facts::program_name(seen.value.argv, seen.value.exe);
  }
  return program;
}

/// Processes of the program that were started since; the last one that ended, and whether one still runs.
struct Lives {
  bool any = false, running = false;
  Ns ended_at = 0;
  record::ProcessEnded ended;
};

Lives lives_of(Run& run, const Program& program, Ns since) {
  const facts::Facts& facts = run.look();
  Lives lives;
  for (const auto& seen : facts.started) {
    if (seen.at < since || facts::program_name(seen.value.argv, seen.value.exe) != program.name) continue;
    lives.any = true;
    if (run.sandbox->running(static_cast<pid_t>(seen.value.pid))) lives.running = true;
    for (const auto& end : facts.ended) {
      if (end.value.pid != seen.value.pid || end.at < seen.at) continue;
      lives.ended_at = end.at;
      lives.ended = end.value;
    }
  }
  return lives;
}

/// The dependency's addresses refuse the program for the life of this object.
class Away {
 public:
  Away(Run& run, const facts::EdgeFlows& flows, std::string program) : run_(run), program_(std::move(program)) {
    for (const auto& [address, port] : flows.destinations) {
      const auto endpoint = os::parse_endpoint(address, static_cast<std::uint16_t>(port));
      if (port != 0 && endpoint && run.sandbox->refuse_program(*endpoint, program_)) refused_.push_back(*endpoint);
    }
  }
  ~Away() { back(); }
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;
  void back() {
    for (const Endpoint& endpoint : refused_) (void)run_.sandbox->accept_program_again(endpoint, program_);
    refused_.clear();
  }

 private:
  Run& run_;
  std::string program_;
  std::vector<Endpoint> refused_;
};

/// When the dependency was first asked for and refused, from the making of this object on; 0: not yet. What a start
/// script asks with is not the program, but may be what it waits for.
class Tries {
 public:
  Tries(Run& run, const facts::EdgeFlows& flows, std::string program) : run_(run) {
    run_.watch = [this, places = flows.destinations, program = std::move(program)](const record::Observation& seen) {
      if (record::is<record::ProcessStarted>(seen)) {
        const auto process = record::decode<record::ProcessStarted>(seen.payload);
        if (facts::program_name(process.argv, process.exe) == program) processes_.insert(process.pid);
      }
      if (first_ > 0 || !record::is<record::ConnectSeen>(seen)) return;
      const auto connect = record::decode<record::ConnectSeen>(seen.payload);
      const bool ours =
          processes_.contains(connect.pid) ||
          std::ranges::any_of(connect.ancestors, [&](std::int64_t pid) { return processes_.contains(pid); });
      const bool there = std::ranges::any_of(
          places, [&](const auto& place) { return place.first == connect.address && place.second == connect.port; });
      if (!there || connect.result != "refused") return;
      if (any_ == 0) any_ = seen.at;
      if (ours) first_ = seen.at;
    };
  }
  ~Tries() { run_.watch = {}; }
  Tries(const Tries&) = delete;
  Tries& operator=(const Tries&) = delete;
  Ns first() const { return first_; }  ///< By the program.
  Ns any() const { return any_; }      ///< By whoever.

 private:
  Run& run_;
  std::set<std::int64_t> processes_;
  Ns first_ = 0, any_ = 0;
};

/// How the start command ended, and since when it does not run.
void look_at_command(Run& run, AbsentSeen& seen, record::ProcessEnded& ended) {
  seen.anything_runs = subject_runs(run);
  if (run.sandbox->running(run.subject.pid)) return;
  if (seen.command_gone == 0) seen.command_gone = run.clock.now();
  for (const auto& end : run.look().ended) {
    if (end.value.pid != run.subject.pid || end.at < seen.started) continue;
    seen.command_gone = end.at;
    ended = end.value;
  }
  seen.command_failed = ended.status > 0 || ended.signal > 0;
}

/// Watches a start until it is known what becomes of it. `ended`: of the program, or of the command that did not start
/// it.
Result<AbsentStep> watch(Run& run, const Program& program, const Tries& tries, const AbsentLimits& limits,
                         AbsentSeen& seen, record::ProcessEnded& ended) {
  AbsentStep step = AbsentStep::watch;
  const auto decided = [&](const facts::Facts&) {
    if (seen.answered == 0 && answers(run, program.way)) seen.answered = run.clock.now();
    seen.refused = tries.first();
    seen.refused_any = tries.any();
    record::ProcessEnded command;
    look_at_command(run, seen, command);
    const Lives lives = lives_of(run, program, seen.started);
    seen.program_any = lives.any;
    if (!lives.any || lives.running) {
      seen.program_gone = 0;
    } else if (lives.ended_at > 0 || seen.program_gone == 0) {
      seen.program_gone = lives.ended_at > 0 ? lives.ended_at : run.clock.now();
    }
    ended = lives.any ? lives.ended : command;
    step = absent_step(seen, limits, run.clock.now());
    return step != AbsentStep::watch;
  };
  PL_TRY(run.wait_until(decided, limits.tries + 2 * limits.watch, kStep));
  return step;
}

/// What the drill says of it; the wait for who may start when the dependency is back apart.
void conclude(AbsentStep step, const AbsentSeen& seen, const AbsentLimits& limits, const record::ProcessEnded& ended,
              record::DrillEnded& drill) {
  drill.result = "not decided";
  switch (step) {
    case AbsentStep::starts:
      drill.result = "starts";
      return;
    case AbsentStep::gives_up:
    case AbsentStep::gives_up_early:
      drill.result = "gives up";
      drill.status = ended.status;
      drill.signal = ended.signal;
      drill.exit_after =
          std::max<Ns>((step == AbsentStep::gives_up ? seen.program_gone : seen.command_gone) - seen.started, 1);
      return;
    case AbsentStep::ends_unasked:
      drill.note =
          fmt::format("its command ended with status {} before anything had asked for the dependency", ended.status);
      return;
    case AbsentStep::not_asked:
      drill.note = fmt::format("it did not try to connect to the dependency within {:.0f} s", seconds(limits.tries));
      return;
    case AbsentStep::waits:
    case AbsentStep::watch:
      drill.note = "it neither ended nor answered, also after the dependency was back";
  }
}

/// The journeys that use the dependency and are usually served: a walk of theirs is whole.
std::vector<std::int64_t> users_of(const facts::Facts& facts, std::int64_t edge) {
  std::vector<std::int64_t> users;
  for (const facts::Journey& journey : facts.journeys) {
    const bool uses = std::ranges::find(journey.uses, edge) != journey.uses.end();
    const bool served = journey.steady.good && journey.profile && journey.profile->status < 400;
    if (uses && served) users.push_back(journey.declared.id);
  }
  return users;
}

/// Those of the journeys that fail for one more customer, now and until `length` is over.
Result<std::vector<std::int64_t>> failing(Prober& prober, std::vector<std::int64_t> journeys, Ns length) {
  const os::Clock& clock = prober.run().clock;
  const Ns end = clock.now() + length;
  for (;;) {
    while (!journeys.empty()) {
      const Walked walked = PL_TRY(prober.walk_fresh(journeys.back()));
      if (!walked.whole()) break;
      journeys.pop_back();
    }
    if (journeys.empty() || clock.now() >= end) return journeys;
    PL_TRY(prober.run().pause(kAskAgain));
  }
}

/// It answers without the dependency. Does it serve when that is there, or has it given up without ending? What fails
/// after a start with everything there as well is no sign of it.
Result<void> look_again(Run& run, std::int64_t edge, record::DrillEnded& drill) {
  Prober prober(run);
  const std::vector<std::int64_t> users = users_of(run.look(), edge);
  const std::vector<std::int64_t> broken = PL_TRY(failing(prober, users, kServesAgain));
  if (broken.empty()) return {};
  PL_TRY(restart_subject(run, "to see whether it serves after a start with everything there"));
  if (!run.subject.lost.empty() || !PL_TRY(failing(prober, broken, 0)).empty()) return {};
  drill.result = "stays broken";
  drill.note = fmt::format(
      "{} of {} journeys that use it still failed {:.0f} s after it was there, and none after a "
      "start with it",
      broken.size(), users.size(), seconds(kServesAgain));
  return {};
}

Result<void> drill(Run& run, const std::string& key, std::int64_t edge, const Program& program, Ns usual) {
  PL_TRY(end_subject(run));
  const facts::Topology& topology = run.look().topology;
  const facts::EdgeFlows flows = facts::flows_of(topology, edge);
  record::DrillEnded drill{.key = key, .drill = "absent", .edge = edge};
  drill.component = topology.edges[static_cast<std::size_t>(edge)].to;
  Away away(run, flows, program.executable);
  const Tries tries(run, flows, program.name);  // before the start: each process has to be seen from its first moment
  PL_TRY(spawn_subject(run));
  const AbsentLimits limits = absent_limits(usual);
  AbsentSeen seen{.started = run.subject.started};
  record::ProcessEnded ended;
  const AbsentStep step = PL_TRY(watch(run, program, tries, limits, seen, ended));
  conclude(step, seen, limits, ended, drill);
  if (step == AbsentStep::waits) {
    away.back();
    const bool came =
        PL_TRY(run.wait_until([&](const facts::Facts&) { return answers(run, program.way); }, limits.comes_up, kStep));
    if (came) {
      drill.result = "retries";
      drill.note.clear();
    }
  }
  if (step == AbsentStep::starts) {
    away.back();
    PL_TRY(look_again(run, edge, drill));
  }
  run.observe(drill);
  run.say("absent", fmt::format("{:<34} {}{}", key, drill.result,
                                drill.exit_after > 0
                                    ? fmt::format(", status {} after {:.1f} s", drill.status, seconds(drill.exit_after))
                                    : ""));
  return {};
}

/// Without each of the component's dependencies.
Result<void> without_each(Run& run, const facts::Facts& facts, std::int64_t component) {
  const Program program = program_of(run, facts, component);
  const Ns usual = facts.ready ? facts.ready->value.after : 0;
  for (const std::int64_t edge : facts::edges_from(facts.topology, component)) {
    const facts::Edge& e = facts.topology.edges[static_cast<std::size_t>(edge)];
    const bool there = e.to >= 0 && facts.topology.components[static_cast<std::size_t>(e.to)].inside;
    if (e.port == 0 || !there || program.executable.empty()) continue;
    const std::string key = "chaos." + plan::edge_key(facts.topology, edge) + ".absent";
    const bool asked = run.request.asks_for(key);
    if (!asked || run.beyond_budget(kEstimate)) {
      run.observe(record::ExperimentLeftOut{key, asked ? "budget" : "not asked for (--only)", false});
      continue;
    }
    run.set_rate(0);
    run.status("absent", key);
    PL_TRY(drill(run, key, edge, program, usual));
  }
  return {};
}

}  // namespace

Result<void> absent(Run& run) {
  const facts::Facts facts = run.live.finished();
  if (facts.topology.entry < 0) return {};
  std::vector<std::int64_t> servers = facts::servers_behind(facts.topology);
  servers.insert(servers.begin(), facts.topology.entry);
  for (const std::int64_t server : servers) PL_TRY(without_each(run, facts, server));
  return {};
}

}  // namespace pl::engine

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/probe.h"
#include "engine/stages.h"
#include "engine/subject.h"
#include "facts/flows.h"
#include "facts/program_name.h"
#include "os/net.h"
#include "plan/plan.h"

namespace pl::engine {
namespace {

constexpr Ns kWatch = 10 * kSec;    ///< For an end or an answer, from the first connect that was refused.
constexpr Ns kTries = 30 * kSec;    ///< For that connect, or an answer without it.
constexpr Ns kComesUp = 20 * kSec;  ///< For an answer after it is back.
constexpr Ns kStays = kSec;         ///< Gone for that long: nothing starts it again.
constexpr Ns kStep = 50 * kMs;
constexpr Ns kProbe = kSec;
constexpr Ns kEstimate = 15 * kSec;

/// The component that customers connect to, as it is known before it listens: by its executable and its script.
struct Program {
  std::string executable;  ///< Base name.
  std::string name;        ///< Script or program.
};

Program program_of(const facts::Facts& facts) {
  const facts::Component& entry = facts.topology.components[static_cast<std::size_t>(facts.topology.entry)];
  Program program;
  for (const auto& seen : facts.started) {
    if (std::ranges::find(entry.roots, seen.value.pid) == entry.roots.end()) continue;
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

/// When the program first asked for the dependency and was refused, from the making of this object on; 0: not yet. What
/// a start script asks with does not count.
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
      if (ours && there && connect.result == "refused") first_ = seen.at;
    };
  }
  ~Tries() { run_.watch = {}; }
  Tries(const Tries&) = delete;
  Tries& operator=(const Tries&) = delete;
  Ns first() const { return first_; }

 private:
  Run& run_;
  std::set<std::int64_t> processes_;
  Ns first_ = 0;
};

bool answers(Run& run) { return http_status(run.clock, run.subject.target, run.subject.host, "/", kProbe).has_value(); }

Result<void> drill(Run& run, const std::string& key, std::int64_t edge, const Program& program) {
  PL_TRY(end_subject(run));
  const facts::Topology& topology = run.look().topology;
  const facts::EdgeFlows flows = facts::flows_of(topology, edge);
  record::DrillEnded drill{.key = key, .drill = "absent", .edge = edge};
  drill.component = topology.edges[static_cast<std::size_t>(edge)].to;
  Away away(run, flows, program.executable);
  const Tries tries(run, flows, program.name);  // before the start: each process has to be seen from its first moment
  PL_TRY(spawn_subject(run));
  const Ns started = run.subject.started;
  Lives lives;
  bool served = false;
  const auto decided = [&](const facts::Facts&) {
    served = answers(run);
    lives = lives_of(run, program, started);
    const bool gone = (lives.any && !lives.running) || !subject_runs(run);
    const bool waited = tries.first() > 0 && run.clock.now() - tries.first() > kWatch;
    return served || waited || (gone && run.clock.now() - std::max(lives.ended_at, started) > kStays);
  };
  PL_TRY(run.wait_until(decided, kTries, kStep));
  if (served) {
    drill.result = "starts";
  } else if (lives.any && !lives.running) {
    drill.result = "gives up";
    drill.status = lives.ended.status;
    drill.signal = lives.ended.signal;
    drill.exit_after = std::max<Ns>(lives.ended_at - started, 1);
  } else if (tries.first() == 0) {
    drill.result = "not decided";
    drill.note = "it did not try to connect to the dependency within 30 s";
  } else {
    away.back();
    const bool came = PL_TRY(run.wait_until([&](const facts::Facts&) { return answers(run); }, kComesUp, kStep));
    drill.result = came ? "retries" : "not decided";
    if (!came) drill.note = "it neither ended nor answered, also after the dependency was back";
  }
  run.observe(drill);
  run.say("absent", fmt::format("{:<34} {}{}", key, drill.result,
                                drill.exit_after > 0
                                    ? fmt::format(", status {} after {:.1f} s", drill.status, seconds(drill.exit_after))
                                    : ""));
  return {};
}

}  // namespace

Result<void> absent(Run& run) {
  const facts::Facts facts = run.live.finished();
  if (facts.topology.entry < 0) return {};
  const Program program = program_of(facts);
  for (const std::int64_t edge : facts::edges_from(facts.topology, facts.topology.entry)) {
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
    PL_TRY(drill(run, key, edge, program));
  }
  return {};
}

}  // namespace pl::engine

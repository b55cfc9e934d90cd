#include "plan/plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/text.h"
#include "facts/fault_words.h"
#include "facts/flows.h"
#include "facts/procedure.h"
#include "plan/parameters.h"
#include "plan/protocol_faults.h"

namespace pl::plan {
namespace {

using facts::Component;
using facts::Edge;
using facts::Facts;

/// Lengths with 2 s of control of their own (2 s more are shared with the recovery before) and a usual recovery.
constexpr Ns kRefuse = 11 * kSec, kSilent = 17 * kSec, kFreeze = 17 * kSec, kRestart = 10 * kSec, kSlow = 22 * kSec,
             kTerminate = 8 * kSec, kTerminateAgain = 5 * kSec, kBriefly = 8 * kSec, kChoked = 24 * kSec;
constexpr std::int64_t kDownMs = 3000, kBrieflyDownMs = 1000;
constexpr int kAncestors = 64;

/// A dependency, or a component that none depends on, with what is done to it.
struct Target {
  double impact = 0;          ///< Weight of the journeys that use it.
  std::int64_t requests = 0;  ///< Where that is equal.
  std::int64_t order = 0;     ///< And at last by id.
  std::vector<PlannedExperiment> experiments;
};

class Planner {
 public:
  Planner(const Facts& facts, const PlanOptions& options)
      : facts_(facts), topology_(facts.topology), options_(options) {}

  Plan make() {
    for (const Component& component : topology_.components) target_component(component);
    for (const Edge& edge : topology_.edges) {
      if (edge.to < 0 && !edge.setup) {
        leave_out("chaos." + edge_key(topology_, edge.id),
                  "not permitted: the sandbox refused this destination; name it under `egress:` to allow it", false);
      }
    }
    std::stable_sort(targets_.begin(), targets_.end(), [](const Target& a, const Target& b) {
      if (a.impact != b.impact) return a.impact > b.impact;
      return a.requests != b.requests ? a.requests > b.requests : a.order < b.order;
    });
    for (Target& target : targets_) {
      for (PlannedExperiment& experiment : target.experiments) plan_.experiments.push_back(std::move(experiment));
    }
    if (options_.reverse) std::reverse(plan_.experiments.begin(), plan_.experiments.end());
    entry();
    std::stable_partition(plan_.experiments.begin(), plan_.experiments.end(),
                          [](const PlannedExperiment& e) { return e.core; });
    choose();
    cut();
    return std::move(plan_);
  }

 private:
  const Component& component(std::int64_t id) const { return topology_.components[static_cast<std::size_t>(id)]; }
  const Edge& edge(std::int64_t id) const { return topology_.edges[static_cast<std::size_t>(id)]; }

  void leave_out(std::string key, std::string why, bool required) {
    plan_.left_out.push_back({std::move(key), std::move(why), required});
  }

  /// Named in the configuration, so that faults on it are permitted.
  bool configured(const Edge& e) const {
    const Json& config = facts_.run.config;
    for (const std::string& address : e.addresses) {
      const std::string place = fmt::format("{}:{}", address, e.port);
      if (config["names"].has(place) || config["names"].has(address)) return true;
      for (const Json& allowed : config["egress"].items()) {
        const std::string& word = allowed.as_string();
        if (word == place || word == address || word == e.name || word == fmt::format("{}:{}", e.name, e.port))
          return true;
      }
    }
    return false;
  }

  /// Whether another component's process lives below this one's, so that freezing one freezes both.
  bool holds_others(const Component& c) const {
    std::map<std::int64_t, std::int64_t> parent;
    for (const auto& started : facts_.started) parent[started.value.pid] = started.value.parent;
    for (const Component& other : topology_.components) {
      if (other.id == c.id || other.root == 0) continue;
      std::int64_t pid = other.root;
      for (int depth = 0; depth < kAncestors && parent.contains(pid); ++depth) {
        pid = parent[pid];
        if (pid == c.root && pid != 0) return true;
      }
    }
    return false;
  }

  static void add(Target& target, const std::string& where, std::string_view word, PlannedExperiment experiment) {
    experiment.key = fmt::format("chaos.{}.{}", where, word);
    target.experiments.push_back(std::move(experiment));
  }

  void weigh(Target& target, const std::vector<std::int64_t>& edges) const {
    for (const facts::Journey& journey : facts_.journeys) {
      const bool uses = std::any_of(edges.begin(), edges.end(), [&](std::int64_t id) {
        return std::find(journey.uses.begin(), journey.uses.end(), id) != journey.uses.end();
      });
      if (uses) target.impact += journey.declared.weight;
    }
    for (const std::int64_t id : edges) target.requests += edge(id).requests;
  }

  /// Edges that may be faulted; the others are said.
  std::vector<std::int64_t> allowed(const Component& c, const std::vector<std::int64_t>& edges) {
    std::vector<std::int64_t> result;
    for (const std::int64_t id : edges) {
      const Edge& e = edge(id);
      const std::string key = "chaos." + edge_key(topology_, id);
      if (e.port == 0) {
        leave_out(key + ".refuse", "a Unix socket is not relayed; the component behind it is frozen instead", false);
      } else if (!c.inside && !configured(e) && e.connects - e.refused <= 0 && e.bytes_down == 0) {
        leave_out(key, "nothing answered there in this run", false);
      } else if (!c.inside && !configured(e)) {
        leave_out(key,
                  "not permitted: nothing that this run started listens there; name it under `names:` to allow faults",
                  true);
      } else {
        result.push_back(id);
      }
    }
    return result;
  }

  void edge_faults(Target& target, const Edge& e, bool refuse) {
    const std::string where = edge_key(topology_, e.id);
    if (refuse) {
      add(target, where, "refuse",
          {.hypothesis = fmt::format(
               "While {} refuses connections customers get an honest answer, and all is well when it is back.", e.name),
           .fault = "refuse",
           .edge = e.id,
           .form = "hold",
           .estimate = kRefuse});
    }
    add(target, where, "silent",
        {.hypothesis =
             fmt::format("While {} accepts everything and answers nothing, no customer waits without a bound.", e.name),
         .fault = "silent",
         .edge = e.id,
         .form = "hold",
         .estimate = kSilent});
    add(target, where, "slow",
        {.hypothesis = fmt::format("While {} answers more slowly, customers still get the same answers.", e.name),
         .fault = "latency",
         .parameters = slow_parameters(e),
         .edge = e.id,
         .form = "switchback",
         .estimate = std::max(kSlow, facts::kSwitchbackBlocks * facts::switchback_block(facts_))});
    broken_streams(target, e, where);
    choked(target, e, where);
    understood(target, e, where);
  }

  /// Beyond the core: what only a fault can do that understands the protocol.
  void understood(Target& target, const Edge& e, const std::string& where) const {
    const bool model = e.to >= 0 && component(e.to).provided == "model";
    for (const ProtocolFault& one : protocol_faults()) {
      const bool fits =
          one.behind == ProtocolFault::Behind::anything || (one.behind == ProtocolFault::Behind::model) == model;
      if (one.protocol != e.protocol || !fits) continue;
      const Result<Json> parameters = Json::parse(one.parameters);
      add(target, where, one.word,
          {.hypothesis = fmt::format("While {} {}, {}.", e.name, facts::fault_words(one.word).does, one.hypothesis),
           .fault = std::string(one.word),
           .row = std::string(one.row),
           .parameters = parameters ? *parameters : Json::object(),
           .edge = e.id,
           .form = "hold",
           .estimate = kRefuse,
           .core = false});
    }
  }

  /// Beyond the core: connections and answers that break off.
  void broken_streams(Target& target, const Edge& e, const std::string& where) {
    add(target, where, "reset",
        {.hypothesis = fmt::format("While connections to {} are reset under their requests, customers get an honest "
                                   "answer.",
                                   e.name),
         .fault = "reset",
         .edge = e.id,
         .form = "hold",
         .estimate = kRefuse,
         .core = false});
    const Json part = part_of_answer(e);
    if (part.is_null()) return;
    add(target, where, "stall",
        {.hypothesis =
             fmt::format("While answers of {} stop in the middle, no customer waits without a bound.", e.name),
         .fault = "stall",
         .parameters = part,
         .edge = e.id,
         .form = "hold",
         .estimate = kSilent,
         .core = false});
    add(target, where, "cut",
        {.hypothesis = fmt::format("While answers of {} break off in the middle, customers are told so.", e.name),
         .fault = "cut",
         .parameters = part,
         .edge = e.id,
         .form = "hold",
         .estimate = kRefuse,
         .core = false});
  }

  /// Beyond the core: less than what customers need passes, so that requests queue. A hold shows whether they wait
  /// without a bound; its suspects are settled by a switchback as ever.
  void choked(Target& target, const Edge& e, const std::string& where) {
    const Json rate = bandwidth_parameters(facts_, e);
    if (!rate.is_null()) {
      add(target, where, "bandwidth",
          {.hypothesis =
               fmt::format("While {} carries a quarter of its usual bytes, no customer waits without a bound.", e.name),
           .fault = "bandwidth",
           .parameters = rate,
           .edge = e.id,
           .form = "hold",
           .estimate = kChoked,
           .core = false});
    }
    const Json places = throttle_parameters(facts_, e);
    const std::int64_t at_once = places["at_once"].as_int();
    const bool database = e.protocol == "postgres" || e.protocol == "mysql" || e.protocol == "redis";
    const std::string who = database ? "the database connection throttles: " + e.name : e.name;
    add(target, where, "throttle",
        {.hypothesis = fmt::format("While {} serves {} {} at once, no customer waits without a bound.", who, at_once,
                                   at_once == 1 ? "request" : "requests"),
         .fault = "throttle",
         .parameters = places,
         .edge = e.id,
         .form = "hold",
         .estimate = kChoked,
         .core = false});
  }

  static void drill(Target& target, const std::string& where, std::int64_t id, const std::string& fault,
                    std::string hypothesis) {
    add(target, where, fault,
        {.hypothesis = std::move(hypothesis),
         .fault = fault,
         .component = id,
         .form = "drill",
         .estimate = fault == "terminate" ? kTerminate : kTerminateAgain});
  }

  /// Away for 3 s, as a restart takes, and beyond the core for 1 s.
  static void restarts(Target& target, const std::string& where, std::int64_t id, const std::string& hypothesis) {
    add(target, where, "restart",
        {.hypothesis = hypothesis,
         .fault = "restart",
         .parameters = Json::object().set("down", kDownMs),
         .component = id,
         .form = "brief",
         .estimate = kRestart});
    add(target, where, "restart_1s",
        {.hypothesis = hypothesis,
         .fault = "restart",
         .parameters = Json::object().set("down", kBrieflyDownMs),
         .component = id,
         .form = "brief",
         .estimate = kBriefly,
         .core = false});
  }

  void component_faults(Target& target, const Component& c, bool has_refuse) {
    const std::string where = component_key(topology_, c.id), name = facts::plain_name(c);
    if (!c.provided.empty()) {
      restarts(target, where, c.id,
               fmt::format("A restart of {} loses no acknowledged write, and the application recovers alone.", name));
    } else {
      leave_out(fmt::format("chaos.{}.restart", where),
                has_refuse ? "no restart yet of what the application's own start script started: it is frozen, and its "
                             "edges are refused with open connections reset"
                           : "no restart yet of what the application's own start script started: it is frozen",
                false);
    }
    if (c.root == 0) {
      leave_out(fmt::format("chaos.{}.freeze", where), "it has no process of its own that could be frozen", false);
    } else if (holds_others(c)) {
      leave_out(fmt::format("chaos.{}.freeze", where), "other components live below its process", false);
    } else {
      add(target, where, "freeze",
          {.hypothesis = fmt::format("While {} stands still, no customer waits without a bound.", name),
           .fault = "freeze",
           .component = c.id,
           .form = "hold",
           .estimate = kFreeze,
           .core = c.provided.empty() || !has_refuse});  // Else its clients see the same when the edge is silent.
    }
  }

  void target_component(const Component& c) {
    const std::vector<std::int64_t> all = facts::edges_to(topology_, c.id);
    if (c.id == topology_.entry && all.empty()) return;
    if (!c.inside && all.empty()) return;
    // A throw-away service that the application does not use: `provide: auto` starts those too.
    if (!c.provided.empty() && all.empty()) return;
    Target target;
    target.order = c.id;
    const std::vector<std::int64_t> edges = allowed(c, all);
    weigh(target, all);
    const bool several = edges.size() > 1;
    const std::string where = component_key(topology_, c.id);
    if (!edges.empty()) {
      const std::string who = several ? facts::plain_name(c) : edge(edges[0]).name;
      add(target, several ? where : edge_key(topology_, edges[0]), "refuse",
          {.hypothesis = fmt::format("While {} refuses {}, customers get an honest answer.", who,
                                     several ? "all its clients" : "connections"),
           .fault = "refuse",
           .component = several ? c.id : -1,
           .edge = several ? -1 : edges[0],
           .form = "hold",
           .estimate = kRefuse});
    }
    if (c.inside && c.id != topology_.entry) component_faults(target, c, !edges.empty());
    for (const std::int64_t id : edges) edge_faults(target, edge(id), several);
    targets_.push_back(std::move(target));
  }

  /// The component that customers connect to: TERM, and a restart where the engine can make one. The servers behind it:
  /// TERM, with requests sent to it in flight.
  void entry() {
    if (topology_.entry < 0) return;
    const Component& c = component(topology_.entry);
    const std::string where = component_key(topology_, c.id), name = facts::plain_name(c);
    Target target;
    if (options_.restart_entry) {
      restarts(
          target, where, c.id,
          fmt::format("After a restart of {} customers are served again and no acknowledged write is lost.", name));
    } else {
      leave_out(fmt::format("chaos.{}.restart", where),
                "no restart yet of what the application's own start script started: it is told to end (TERM) instead",
                false);
    }
    drill(target, where, c.id, "terminate",
          fmt::format("When {} is told to end, it finishes the requests in flight.", name));
    if (std::ranges::any_of(facts_.journeys, facts::streams)) {
      drill(
          target, where, c.id, "terminate_streams",
          fmt::format("When {} is told to end, it finishes the streams that have begun, or says that they end.", name));
    }
    drill(target, where, c.id, "terminate_idle",
          fmt::format("When {} is told to end, no request on a kept connection is lost.", name));
    for (const std::int64_t id : facts::servers_behind(topology_)) {
      const std::string behind = facts::plain_name(component(id));
      drill(target, component_key(topology_, id), id, "terminate",
            fmt::format("When {}, behind {}, is told to end, the requests in flight are answered.", behind, name));
    }
    for (PlannedExperiment& experiment : target.experiments) plan_.experiments.push_back(std::move(experiment));
  }

  /// Leaves out what was not asked for. What lies beyond the core is not missed unless all was wanted.
  void choose() {
    const auto named = [&](const PlannedExperiment& e) {
      return std::ranges::any_of(options_.only, [&](const std::string& one) { return matches_pattern(e.key, one); });
    };
    std::vector<PlannedExperiment> kept;
    for (PlannedExperiment& e : plan_.experiments) {
      if (!e.core && !options_.full && !named(e)) continue;
      const bool asked = asked_for(options_.only, e.key);
      if (!asked) leave_out(e.key, "not asked for (--only)", e.core);
      if (asked) kept.push_back(std::move(e));
    }
    plan_.experiments = std::move(kept);
  }

  /// Leaves out what does not fit into the budget; drills, short and last, are kept first.
  void cut() {
    Ns left = options_.budget - options_.spent;
    std::vector<PlannedExperiment> kept;
    for (const PlannedExperiment& e : plan_.experiments) left -= e.form == "drill" ? e.estimate : 0;
    for (PlannedExperiment& e : plan_.experiments) {
      if (options_.budget > 0 && e.form != "drill") {
        if (e.estimate > left) {
          leave_out(e.key, "budget", e.core);
          continue;
        }
        left -= e.estimate;
      }
      plan_.estimate += e.estimate;
      kept.push_back(std::move(e));
    }
    plan_.experiments = std::move(kept);
  }

  const Facts& facts_;
  const facts::Topology& topology_;
  const PlanOptions& options_;
  std::vector<Target> targets_;
  Plan plan_;
};

}  // namespace

Plan core_plan(const Facts& facts, const PlanOptions& options) { return Planner(facts, options).make(); }

bool asked_for(const std::vector<std::string>& only, const std::string& key) {
  if (only.empty()) return true;
  return std::ranges::any_of(
      only, [&](const std::string& one) { return matches_pattern(key, one) || key.starts_with(one + "."); });
}

std::vector<PlannedExperiment> with_key(const Plan& plan, const std::string& key) {
  std::vector<PlannedExperiment> result;
  for (const PlannedExperiment& experiment : plan.experiments) {
    if (asked_for({key}, experiment.key)) result.push_back(experiment);
  }
  return result;
}

}  // namespace pl::plan

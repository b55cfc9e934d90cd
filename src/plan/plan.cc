#include "plan/plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "facts/flows.h"

namespace pl::plan {
namespace {

using facts::Component;
using facts::Edge;
using facts::Facts;

/// Lengths with 3 s of control of their own (2 s more are shared with the recovery before) and a usual recovery.
constexpr Ns kRefuse = 12 * kSec, kSilent = 18 * kSec, kFreeze = 18 * kSec, kRestart = 11 * kSec, kSlow = 22 * kSec,
             kTerminate = 8 * kSec;
constexpr Ns kSlowBase = 5 * kMs;      ///< From here on the edge's own time is doubled.
constexpr std::int64_t kSlowMs = 200;  ///< Else this is added per exchange.
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

  void add(Target& target, const std::string& where, std::string fault, std::int64_t component_id, std::int64_t edge_id,
           std::string form, Ns estimate, Json parameters, std::string hypothesis) {
    const std::string word = fault == "latency" ? "slow" : fault;
    target.experiments.push_back({fmt::format("chaos.{}.{}", where, word), std::move(hypothesis), std::move(fault),
                                  std::move(parameters), component_id, edge_id, std::move(form), estimate});
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

  void edge_faults(Target& target, std::int64_t id, bool refuse) {
    const std::string where = edge_key(topology_, id), name = edge(id).name;
    if (refuse) {
      add(target, where, "refuse", -1, id, "hold", kRefuse, Json::object(),
          fmt::format("While {} refuses connections customers get an honest answer, and all is well when it is back.",
                      name));
    }
    add(target, where, "silent", -1, id, "hold", kSilent, Json::object(),
        fmt::format("While {} accepts everything and answers nothing, no customer waits without a bound.", name));
    Json slow = Json::object();
    const Ns base = edge(id).latency.percentile(50);
    base >= kSlowBase ? slow.set("factor", 2) : slow.set("delay", kSlowMs);
    add(target, where, "latency", -1, id, "switchback", kSlow, std::move(slow),
        fmt::format("While {} answers more slowly, customers still get the same answers.", name));
  }

  void component_faults(Target& target, const Component& c, bool has_refuse) {
    const std::string where = component_key(topology_, c.id), name = facts::plain_name(c);
    if (!c.provided.empty()) {
      add(target, where, "restart", c.id, -1, "brief", kRestart, Json::object().set("down", 3000),
          fmt::format("A restart of {} within 3 s loses no acknowledged write, and the application recovers alone.",
                      name));
    } else {
      leave_out(fmt::format("chaos.{}.restart", where),
                has_refuse ? "no restart yet of what the application's own start script started: it is frozen, and its "
                             "edges are refused with open connections reset"
                           : "no restart yet of what the application's own start script started: it is frozen",
                false);
    }
    if (c.root == 0) {
      leave_out(fmt::format("chaos.{}.freeze", where), "it has no process of its own that could be frozen", false);
    } else if (!c.provided.empty() && has_refuse && !options_.full) {
      // Its clients see the same when the edge is silent.
    } else if (holds_others(c)) {
      leave_out(fmt::format("chaos.{}.freeze", where), "other components live below its process", false);
    } else {
      add(target, where, "freeze", c.id, -1, "hold", kFreeze, Json::object(),
          fmt::format("While {} stands still, no customer waits without a bound.", name));
    }
  }

  void target_component(const Component& c) {
    const std::vector<std::int64_t> all = facts::edges_to(topology_, c.id);
    if (c.id == topology_.entry && all.empty()) return;
    if (!c.inside && all.empty()) return;
    Target target;
    target.order = c.id;
    const std::vector<std::int64_t> edges = allowed(c, all);
    weigh(target, all);
    const bool several = edges.size() > 1;
    const std::string where = component_key(topology_, c.id);
    if (several) {
      add(target, where, "refuse", c.id, -1, "hold", kRefuse, Json::object(),
          fmt::format("While {} refuses all its clients, customers get an honest answer.", facts::plain_name(c)));
    } else if (edges.size() == 1) {
      add(target, edge_key(topology_, edges[0]), "refuse", -1, edges[0], "hold", kRefuse, Json::object(),
          fmt::format("While {} refuses connections, customers get an honest answer.", edge(edges[0]).name));
    }
    if (c.inside && c.id != topology_.entry) component_faults(target, c, !edges.empty());
    for (const std::int64_t id : edges) edge_faults(target, id, several);
    targets_.push_back(std::move(target));
  }

  /// The component that customers connect to: TERM, and a restart where the engine can make one.
  void entry() {
    if (topology_.entry < 0) return;
    const Component& c = component(topology_.entry);
    const std::string where = component_key(topology_, c.id), name = facts::plain_name(c);
    Target target;
    if (options_.restart_entry) {
      add(target, where, "restart", c.id, -1, "brief", kRestart, Json::object().set("down", 3000),
          fmt::format("After a restart of {} customers are served again and no acknowledged write is lost.", name));
    } else {
      leave_out(fmt::format("chaos.{}.restart", where),
                "no restart yet of what the application's own start script started: it is told to end (TERM) instead",
                false);
    }
    add(target, where, "terminate", c.id, -1, "drill", kTerminate, Json::object(),
        fmt::format("When {} is told to end, it finishes the requests in flight.", name));
    for (PlannedExperiment& experiment : target.experiments) plan_.experiments.push_back(std::move(experiment));
  }

  /// Leaves out what was not asked for.
  void choose() {
    if (options_.only.empty()) return;
    std::vector<PlannedExperiment> kept;
    for (PlannedExperiment& e : plan_.experiments) {
      const bool asked = asked_for(options_.only, e.key);
      if (asked) kept.push_back(std::move(e));
      if (!asked) leave_out(e.key, "not asked for (--only)", true);
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
          leave_out(e.key, "budget", true);
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
  return std::ranges::any_of(only, [&](const std::string& one) { return key == one || key.starts_with(one + "."); });
}

std::vector<PlannedExperiment> with_key(const Plan& plan, const std::string& key) {
  std::vector<PlannedExperiment> result;
  for (const PlannedExperiment& experiment : plan.experiments) {
    if (asked_for({key}, experiment.key)) result.push_back(experiment);
  }
  return result;
}

}  // namespace pl::plan

#include "facts/builder.h"

#include <algorithm>

#include "facts/address.h"
#include "facts/program_name.h"

namespace pl::facts {
namespace {

constexpr int kAncestors = 64;  ///< Deepest process tree that is walked.

Component& at(Topology& topology, std::int64_t id) { return topology.components[static_cast<std::size_t>(id)]; }

void add_listener(Component& component, const Listener& listener) {
  for (const Listener& known : component.listeners) {
    if (known.address == listener.address && known.port == listener.port) return;
  }
  component.listeners.push_back(listener);
}

void drop_listener(Component& component, const Listener& listener) {
  std::erase_if(component.listeners, [&](const Listener& known) {
    return known.address == listener.address && known.port == listener.port;
  });
}

bool same_program(const Component& component, const std::vector<std::string>& argv, const std::string& exe) {
  return component.program == program_name(argv, exe);
}

}  // namespace

void TopologyBuilder::configure(const Json& config) {
  for (const auto& [address, name] : config["names"].members()) configured_[address] = name.as_string();
}

std::int64_t TopologyBuilder::executed_root(std::int64_t pid) const {
  std::int64_t now = pid;
  for (int depth = 0; depth < kAncestors && now > 0; ++depth) {
    const auto found = processes_.find(now);
    if (found == processes_.end()) return pid;
    if (found->second.executed) return now;
    now = found->second.parent;
  }
  return pid;
}

std::string TopologyBuilder::provided_by(std::int64_t pid) const {
  for (int depth = 0; depth < kAncestors && pid > 0; ++depth) {
    const auto found = processes_.find(pid);
    if (found == processes_.end()) return {};
    if (!found->second.provided.empty()) return found->second.provided;
    pid = found->second.parent;
  }
  return {};
}

bool TopologyBuilder::descends(std::int64_t pid, std::int64_t ancestor) const {
  for (int depth = 0; depth < kAncestors && pid > 0; ++depth) {
    if (pid == ancestor) return true;
    const auto found = processes_.find(pid);
    if (found == processes_.end()) return false;
    pid = found->second.parent;
  }
  return false;
}

std::int64_t TopologyBuilder::resolve(Topology& topology, std::int64_t pid) const {
  std::int64_t now = pid;
  for (int depth = 0; depth < kAncestors && now > 0; ++depth) {
    if (const std::int64_t known = topology.component_of(now); known >= 0) {
      if (now != pid) topology.component_by_pid[pid] = known;
      return known;
    }
    const auto found = processes_.find(now);
    if (found == processes_.end()) return -1;
    now = found->second.parent;
  }
  return -1;
}

void TopologyBuilder::process_started(Topology& topology, const record::ProcessStarted& seen) {
  Process& process = processes_[seen.pid];
  if (process.ended) topology.component_by_pid.erase(seen.pid);  // The number is used again.
  process = Process{seen.parent, true, false, seen.exe, seen.provided, seen.argv};
  const std::int64_t component = topology.component_of(seen.pid);
  if (component >= 0 && at(topology, component).root == seen.pid && at(topology, component).argv.empty()) {
    at(topology, component).argv = seen.argv;
    at(topology, component).program = program_name(seen.argv, seen.exe);
    settle(topology);
  }
  if (seen.provided.empty()) {
    resolve(topology, seen.pid);
    return;
  }
  for (const Component& known : topology.components) {
    if (known.provided == seen.provided) {
      if (provided_by(seen.parent).empty()) add_root(topology, known.id, seen.pid);
      return;
    }
  }
}

void TopologyBuilder::process_ended(Topology& topology, const record::ProcessEnded& seen) {
  const auto found = processes_.find(seen.pid);
  if (found != processes_.end()) found->second.ended = true;
  for (Component& component : topology.components) {
    if (component.root != seen.pid) continue;
    component.root = 0;
    for (const std::int64_t root : component.roots) {
      const auto other = processes_.find(root);
      if (root != seen.pid && other != processes_.end() && !other->second.ended) component.root = root;
    }
  }
  if (topology.component_of(seen.pid) >= 0) return;
  for (auto flow = waiting_.lower_bound(Flow{seen.pid, "", 0});
       flow != waiting_.end() && std::get<0>(flow->first) == seen.pid;) {
    const auto& [actor, address, port] = flow->first;
    Waiting& kept = setup_[{address, port}];
    add_traffic(kept.traffic, flow->second.traffic);
    kept.answered |= flow->second.answered;
    if (kept.looked_up.empty()) kept.looked_up = flow->second.looked_up;
    flow = waiting_.erase(flow);
  }
}

std::int64_t TopologyBuilder::add_component(Topology& topology) {
  Component component;
  component.id = static_cast<std::int64_t>(topology.components.size());
  topology.components.push_back(std::move(component));
  return topology.components.back().id;
}

void TopologyBuilder::add_root(Topology& topology, std::int64_t component, std::int64_t root) {
  if (root <= 0) return;
  Component& row = at(topology, component);
  if (std::find(row.roots.begin(), row.roots.end(), root) == row.roots.end()) row.roots.push_back(root);
  row.inside = true;
  const auto process = processes_.find(root);
  if (row.root == 0) {  // One that shares the socket of a living root changes nothing.
    row.root = root;
    if (process != processes_.end() && process->second.executed) {
      row.argv = process->second.argv;
      row.program = program_name(process->second.argv, process->second.exe);
    }
  }
  take_over(topology, component, root);
}

/// The root and all below it belong to the component, and so does what they alone have connected to.
void TopologyBuilder::take_over(Topology& topology, std::int64_t component, std::int64_t root) {
  const std::int64_t before = resolve(topology, root);
  topology.component_by_pid[root] = component;
  for (auto& [pid, owner] : topology.component_by_pid) {
    if (owner == before && descends(pid, root)) owner = component;
  }
  for (const auto& [pid, process] : processes_) {
    if (!process.ended && topology.component_of(pid) < 0 && descends(pid, root))
      topology.component_by_pid[pid] = component;
  }
  if (before < 0 || before == component) return;
  for (Edge& edge : topology.edges) {
    const auto pids = edge_pids_.find(edge.id);
    if (edge.from != before || edge.to == component || pids == edge_pids_.end() || pids->second.empty()) continue;
    const bool all = std::all_of(pids->second.begin(), pids->second.end(),
                                 [&](std::int64_t pid) { return topology.component_of(pid) == component; });
    if (!all) continue;
    edge.from = component;
    // The old owner's route stays, for what the relay still counts under it.
    for (const std::string& address : edge.addresses) routes_[Flow{component, address, edge.port}] = edge.id;
  }
}

std::int64_t TopologyBuilder::listening_at(const Topology& topology, const std::string& address,
                                           std::int64_t port) const {
  std::int64_t best = -1;
  int quality = 0;
  for (const Component& component : topology.components) {
    for (const Listener& listener : component.listeners) {
      if (const int match = match_listener(listener, address, port); match > quality) {
        quality = match;
        best = component.id;
      }
    }
  }
  return best;
}

std::int64_t TopologyBuilder::component_for_listener(Topology& topology, std::int64_t root, const Listener& listener) {
  const std::int64_t now = topology.component_of(root);
  if (now >= 0) {
    const auto& roots = at(topology, now).roots;
    if (std::find(roots.begin(), roots.end(), root) != roots.end()) return now;
  }
  if (const std::string provided = provided_by(root); !provided.empty()) {
    for (const Component& component : topology.components) {
      if (component.provided == provided) return component.id;
    }
    const std::int64_t made = add_component(topology);
    at(topology, made).provided = provided;
    return made;
  }
  const auto process = processes_.find(root);
  const Process none;
  const Process& program = process == processes_.end() ? none : process->second;
  for (Component& component : topology.components) {
    const bool there = std::any_of(component.listeners.begin(), component.listeners.end(), [&](const Listener& known) {
      return known.address == listener.address && known.port == listener.port;
    });
    if (!there) continue;
    if (!component.inside || component.root != 0 || same_program(component, program.argv, program.exe)) {
      return component.id;
    }
    drop_listener(component, listener);  // Another program took the place of one that ended.
  }
  for (const Component& component : topology.components) {
    if (component.inside && component.root == 0 && component.provided.empty() && !program.argv.empty() &&
        component.argv == program.argv) {
      return component.id;
    }
  }
  return add_component(topology);
}

void TopologyBuilder::listener_seen(Topology& topology, const record::ListenerSeen& seen) {
  const Listener listener{plain_address(seen.address), seen.port};
  const std::int64_t root = executed_root(seen.pid);
  const std::int64_t component = component_for_listener(topology, root, listener);
  const auto& roots = at(topology, component).roots;
  if (std::find(roots.begin(), roots.end(), root) == roots.end()) add_root(topology, component, root);
  add_listener(at(topology, component), listener);
  if (seen.pid != root) topology.component_by_pid[seen.pid] = component;
  settle(topology);
}

void TopologyBuilder::service_provided(Topology& topology, const record::ServiceProvided& seen) {
  std::int64_t id = -1;
  for (const Component& component : topology.components) {
    if (component.provided == seen.name || (seen.pid > 0 && component.root == seen.pid)) id = component.id;
  }
  if (id < 0) id = add_component(topology);
  at(topology, id).provided = seen.name;
  at(topology, id).product = seen.product;
  at(topology, id).version = short_version(seen.version);
  add_root(topology, id, seen.pid);
  if (seen.port > 0) add_listener(at(topology, id), {plain_address(seen.address), seen.port});
  settle(topology);
}

void TopologyBuilder::subject_ready(Topology& topology, const record::SubjectReady& seen) {
  ready_ = seen;
  is_ready_ = true;
  settle(topology);
}

void TopologyBuilder::find_entry(Topology& topology) const {
  if (!is_ready_) return;
  const std::int64_t entry = listening_at(topology, plain_address(ready_.address), ready_.port);
  if (entry < 0) return;
  topology.entry = entry;
  for (Component& component : topology.components) component.entry = component.id == entry;
}

void TopologyBuilder::promote_workers(Topology& topology, Ns now) {
  constexpr Ns kLongLived = 5 * kSec;
  if (!is_ready_ || now < promoted_ + kSec) return;
  promoted_ = now;
  std::int64_t worker = 0;
  for (const auto& [flow, waiting] : waiting_) {
    const std::int64_t actor = std::get<0>(flow);
    const auto process = processes_.find(executed_root(actor));
    const bool lives = process == processes_.end() || !process->second.ended;
    if (waiting.answered && lives && waiting.last - waiting.first >= kLongLived && topology.component_of(actor) < 0) {
      worker = executed_root(actor);
      break;
    }
  }
  if (worker == 0) return;
  const auto process = processes_.find(worker);
  std::int64_t id = -1;
  for (const Component& component : topology.components) {
    if (process != processes_.end() && component.inside && component.root == 0 &&
        component.argv == process->second.argv) {
      id = component.id;
    }
  }
  if (id < 0) id = add_component(topology);
  add_root(topology, id, worker);
  settle(topology);
}

void TopologyBuilder::settle(Topology& topology) {
  attach_all(topology);
  find_entry(topology);
  name_all(topology);
}

}  // namespace pl::facts

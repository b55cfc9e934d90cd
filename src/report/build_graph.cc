#include <fmt/format.h>

#include <algorithm>

#include "report/build.h"
#include "report/layout.h"
#include "report/text.h"

namespace pl::report {
namespace {

/// Requests per second of an edge in the last steady period; over the whole run where there is none.
double steady_rate(const facts::Facts& facts, const facts::Edge& edge) {
  const auto* steady = facts::steady_period(facts);
  if (steady == nullptr) return facts.last > 0 ? static_cast<double>(edge.requests) / seconds(facts.last) : 0;
  const std::int64_t from = steady->value.from / kSec, to = std::max(steady->value.to / kSec, from + 1);
  std::int64_t sum = 0;
  for (const auto& [second, requests] : edge.requests_by_second) {
    if (second >= from && second < to) sum += requests;
  }
  return static_cast<double>(sum) / static_cast<double>(to - from);
}

std::string program_of(const facts::Component& component) {
  if (!component.argv.empty() && component.inside && component.provided.empty()) {
    std::string out;
    for (const std::string& word : component.argv) out += (out.empty() ? "" : " ") + word;
    return clean(out, 160);
  }
  return clean(component.program, 160);
}

std::vector<std::string> listeners_of(const facts::Component& component) {
  std::vector<std::string> out;
  for (const facts::Listener& listener : component.listeners) {
    const bool six = listener.address.find(':') != std::string::npos;
    out.push_back(clean(listener.port == 0 ? listener.address
                        : six              ? fmt::format("[{}]:{}", listener.address, listener.port)
                                           : fmt::format("{}:{}", listener.address, listener.port),
                        160));
  }
  return out;
}

Link link_of(const facts::Facts& facts, const facts::Edge& edge) {
  Link link;
  link.id = edge.id;
  link.from = edge.from;
  link.to = edge.to;
  link.from_name = part_name(facts, edge.from);
  link.to_name = edge.to < 0 ? "refused destination" : part_name(facts, edge.to);
  link.name = clean(edge.name, 80);
  link.protocol = clean(edge.protocol, 40);
  link.server_name = clean(edge.server_name, 120);
  link.provenance = facts::provenance_word(edge.provenance);
  for (const std::string& address : edge.addresses) link.addresses.push_back(clean(address, 160));
  link.port = edge.port;
  link.setup = edge.setup;
  link.connects = edge.connects;
  link.refused = edge.refused;
  link.requests = edge.requests;
  link.exchanges = edge.exchanges;
  link.bytes_up = edge.bytes_up;
  link.bytes_down = edge.bytes_down;
  link.rate = steady_rate(facts, edge);
  link.p50 = edge.latency.percentile(50);
  link.p99 = edge.latency.percentile(99);
  for (const auto& [journey, criticality] : edge.criticality) {
    if (journey < 0 || journey >= static_cast<std::int64_t>(facts.journeys.size())) continue;
    link.needs.emplace_back(clean(facts.journeys[static_cast<std::size_t>(journey)].declared.name, 80),
                            std::string(facts::criticality_word(criticality)));
  }
  link.evidence = edge.evidence;
  return link;
}

/// Journeys that customers make and that have a steady state.
std::vector<std::int64_t> customer_journeys(const facts::Facts& facts) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < facts.journeys.size(); ++i) {
    const facts::Journey& journey = facts.journeys[i];
    if (journey.steady.good && !journey.declared.health) out.push_back(static_cast<std::int64_t>(i));
  }
  return out;
}

/// Did the journey fail when the component was taken away? Only proofs count: an injected fault and its effect.
bool fails_without(const facts::Facts& facts, std::int64_t component, std::int64_t journey) {
  for (const facts::Edge& edge : facts.topology.edges) {
    if (edge.to != component || edge.setup || edge.provenance != facts::Provenance::proved) continue;
    const auto need = edge.criticality.find(journey);
    if (need != edge.criticality.end() && need->second == facts::Criticality::hard) return true;
  }
  for (const facts::Experiment& experiment : facts.experiments) {
    const bool away = experiment.fault == "freeze" || experiment.fault == "kill" || experiment.fault == "restart";
    if (experiment.component != component || !away) continue;
    for (const facts::Cell& cell : experiment.cells) {
      const bool decided = cell.state == facts::Cell::State::decided;
      if (cell.journey == journey && decided && cell.headline >= facts::Outcome::errors) return true;
    }
  }
  return false;
}

/// The strongest need that was measured of edges that lead to the component.
facts::Criticality strongest(const facts::Facts& facts, std::int64_t component) {
  facts::Criticality out = facts::Criticality::unknown;
  for (const facts::Edge& edge : facts.topology.edges) {
    if (edge.to != component || edge.setup) continue;
    for (const auto& [journey, need] : edge.criticality) out = std::max(out, need);
  }
  return out;
}

std::string need_text(const facts::Facts& facts, const Part& part) {
  if (part.single == Part::Single::all) {
    return part.entry ? "every customer passes here" : "hard: nothing works without it";
  }
  if (part.single == Part::Single::some) return "hard for " + listed(part.needed_by);
  switch (strongest(facts, part.id)) {
    case facts::Criticality::hard:
      return "hard for some";
    case facts::Criticality::degraded:
      return "degraded: slower or less without it";
    case facts::Criticality::soft:
      return "soft: customers are served without it";
    case facts::Criticality::unused:
      return "no journey uses it";
    case facts::Criticality::unknown:
      break;
  }
  return part.entry ? "customers connect here" : "not known what needs it";
}

Part part_of(const facts::Facts& facts, const facts::Component& component) {
  Part part;
  part.id = component.id;
  part.name = clean(component.name, 80);
  part.program = program_of(component);
  part.provided = clean(component.provided, 60);
  part.product = clean(component.product, 60);
  part.version = clean(component.version, 60);
  part.listeners = listeners_of(component);
  part.entry = component.entry || component.id == facts.topology.entry;
  part.inside = component.inside;
  const std::vector<std::int64_t> journeys = customer_journeys(facts);
  for (const std::int64_t journey : journeys) {
    if (!fails_without(facts, component.id, journey)) continue;
    part.needed_by.push_back(clean(facts.journeys[static_cast<std::size_t>(journey)].declared.name, 80));
  }
  if (!part.needed_by.empty()) {
    part.single = part.needed_by.size() == journeys.size() ? Part::Single::all : Part::Single::some;
  }
  Histogram latency;
  for (const facts::Edge& edge : facts.topology.edges) {
    if (edge.to != component.id || edge.setup) continue;
    part.rate += steady_rate(facts, edge);
    part.connections += edge.open;
    latency.merge(edge.latency);
  }
  part.p99 = latency.percentile(99);
  part.need = need_text(facts, part);
  return part;
}

}  // namespace

void build_graph(const facts::Facts& facts, Report& report) {
  for (const facts::Component& component : facts.topology.components) {
    report.parts.push_back(part_of(facts, component));
  }
  for (const facts::Edge& edge : facts.topology.edges) report.links.push_back(link_of(facts, edge));
  place(report.parts, report.links);
  if (!facts.placed) return;
  const record::GraphPlaced& placed = facts.placed->value;
  if (placed.layer.size() != report.parts.size() || placed.row.size() != report.parts.size()) return;
  for (std::size_t i = 0; i < report.parts.size(); ++i) {
    report.parts[i].layer = std::clamp<std::int64_t>(placed.layer[i], 0, 63);
    report.parts[i].row = std::clamp<std::int64_t>(placed.row[i], 0, 1023);
  }
}

}  // namespace pl::report

#include <algorithm>
#include <set>

#include "facts/facts.h"
#include "facts/flows.h"
#include "facts/procedure.h"

namespace pl::facts {
namespace {

constexpr std::int64_t kJourneys = 1000;  ///< More than a configuration can hold; larger ids are not ours.

template <class Kind>
void keep(std::vector<Seen<Kind>>& list, const record::Observation& observation) {
  list.push_back({observation.id, observation.at, record::decode<Kind>(observation.payload)});
}

template <class Kind>
void keep(std::optional<Seen<Kind>>& place, const record::Observation& observation) {
  place = Seen<Kind>{observation.id, observation.at, record::decode<Kind>(observation.payload)};
}

template <class Kind, class Place>
bool kept(Place& place, const record::Observation& observation) {
  if (!record::is<Kind>(observation)) return false;
  keep(place, observation);
  return true;
}

Journey* journey_at(Facts& facts, std::int64_t id) {
  if (id < 0 || id >= kJourneys) return nullptr;
  while (static_cast<std::int64_t>(facts.journeys.size()) <= id) {
    facts.journeys.emplace_back().declared.id = static_cast<std::int64_t>(facts.journeys.size()) - 1;
  }
  return &facts.journeys[static_cast<std::size_t>(id)];
}

/// What losing a part meant for a journey.
Criticality criticality_of(const Cell& cell) {
  if (cell.state != Cell::State::decided) return Criticality::unknown;
  switch (cell.headline) {
    case Outcome::unaffected:
      return cell.uses_target ? Criticality::soft : Criticality::unused;
    case Outcome::graceful:
      return Criticality::soft;
    case Outcome::degraded:
      return Criticality::degraded;
    default:
      return Criticality::hard;
  }
}

void raise_criticality(Edge& edge, const Experiment& experiment) {
  for (const Cell& cell : experiment.cells) {
    const Criticality now = criticality_of(cell);
    Criticality& worst = edge.criticality.try_emplace(cell.journey, Criticality::unknown).first->second;
    worst = std::max(worst, now);
  }
}

/// Criticality as the experiments measured it, of the faulted edge or of the only edge to the faulted component.
void set_criticality(Facts& facts) {
  for (const Experiment& experiment : facts.experiments) {
    std::int64_t edge = experiment.edge;
    if (edge < 0 && experiment.component >= 0) {
      const std::vector<std::int64_t> to = edges_to(facts.topology, experiment.component);
      if (to.size() == 1) edge = to[0];
    }
    if (edge >= 0 && edge < static_cast<std::int64_t>(facts.topology.edges.size())) {
      raise_criticality(facts.topology.edges[static_cast<std::size_t>(edge)], experiment);
    }
  }
  for (Edge& edge : facts.topology.edges) {
    for (const Journey& journey : facts.journeys) {
      const bool uses = std::find(journey.uses.begin(), journey.uses.end(), edge.id) != journey.uses.end();
      Criticality& known = edge.criticality.try_emplace(journey.declared.id, Criticality::unknown).first->second;
      if (known == Criticality::unknown && journey.alone_measured && !uses) known = Criticality::unused;
    }
  }
}

void set_provenance(Facts& facts) {
  for (const Seen<record::TrialEnded>& trial : facts.trials) {
    if (!trial.value.aborted.empty()) continue;
    const bool met = trial.value.requests_met > 0 || trial.value.connections_met > 0;
    std::vector<std::int64_t> edges = trial.value.edges;
    if (trial.value.component >= 0) edges = edges_to(facts.topology, trial.value.component);
    if (trial.value.edge >= 0) edges = {trial.value.edge};
    for (const std::int64_t edge : edges) {
      if (!met || edge >= static_cast<std::int64_t>(facts.topology.edges.size())) continue;
      facts.topology.edges[static_cast<std::size_t>(edge)].provenance = Provenance::proved;
    }
  }
}

}  // namespace

const Seen<record::LoadPeriod>* steady_period(const Facts& facts) {
  const auto found = std::find_if(facts.periods.rbegin(), facts.periods.rend(),
                                  [](const auto& period) { return period.value.purpose == "steady"; });
  return found == facts.periods.rend() ? nullptr : &*found;
}

bool usual_status(const Journey& journey, std::int64_t status) {
  if (!journey.profile || journey.profile->status == status) return true;
  return std::ranges::find(journey.profile->also, status) != journey.profile->also.end();
}

bool streams(const Journey& journey) {
  constexpr std::string_view kMedia = "text/event-stream";
  return journey.steady.good && journey.profile && journey.profile->media.starts_with(kMedia);
}

bool Fold::apply_sandbox(const record::Observation& seen) {
  Topology& topology = facts_.topology;
  if (record::is<record::FlowSecond>(seen)) {
    const auto flow = record::decode<record::FlowSecond>(seen.payload);
    builder_.flow_second(topology, flow);
    const Ns from = flow.second * kSec;
    for (const Seen<record::LoadPeriod>& period : facts_.periods) {
      if (period.value.purpose == "solo" && from < period.value.to && from + kSec > period.value.from) {
        solo_uses(period.value);
      }
    }
    builder_.promote_workers(topology, seen.at);
    return true;
  }
  if (record::is<record::ConnectSeen>(seen)) {
    const auto connect = record::decode<record::ConnectSeen>(seen.payload);
    builder_.connect_seen(topology, connect, seen.id, seen.at);
    if (connect.result == "refused" || connect.result == "forbidden") {
      facts_.unmet.push_back({seen.id, seen.at, connect});
    }
  } else if (record::is<record::ProtocolSeen>(seen)) {
    builder_.protocol_seen(topology, record::decode<record::ProtocolSeen>(seen.payload), seen.id);
  } else if (record::is<record::ListenerSeen>(seen)) {
    builder_.listener_seen(topology, record::decode<record::ListenerSeen>(seen.payload));
  } else if (kept<record::ProcessStarted>(facts_.started, seen)) {
    builder_.process_started(topology, facts_.started.back().value);
  } else if (kept<record::ProcessEnded>(facts_.ended, seen)) {
    builder_.process_ended(topology, facts_.ended.back().value);
  } else if (kept<record::ServiceProvided>(facts_.services, seen)) {
    builder_.service_provided(topology, facts_.services.back().value);
  } else {
    return kept<record::DestinationRefused>(facts_.refused, seen) ||
           kept<record::NotIntercepted>(facts_.not_intercepted, seen) ||
           kept<record::SandboxStarted>(facts_.sandbox, seen);
  }
  return true;
}

bool Fold::apply_load(const record::Observation& seen) {
  if (kept<record::Iteration>(facts_.iterations, seen)) return true;
  if (record::is<record::JourneyDeclared>(seen)) {
    auto declared = record::decode<record::JourneyDeclared>(seen.payload);
    if (Journey* journey = journey_at(facts_, declared.id)) journey->declared = std::move(declared);
  } else if (record::is<record::AnswerProfiled>(seen)) {
    auto profile = record::decode<record::AnswerProfiled>(seen.payload);
    if (Journey* journey = journey_at(facts_, profile.journey)) journey->profile = std::move(profile);
  } else if (kept<record::LoadPeriod>(facts_.periods, seen)) {
    const record::LoadPeriod& period = facts_.periods.back().value;
    if (period.purpose == "solo") solo_uses(period);
    if (period.purpose != "steady") return true;
    for (std::size_t i = 0; i < facts_.journeys.size(); ++i) {
      facts_.journeys[i].steady = steady_state(facts_, static_cast<std::int64_t>(i), period.from, period.to);
    }
    builder_.promote_workers(facts_.topology, seen.at);
  } else {
    if (kept<record::WriteChecked>(facts_.writes, seen)) {
      // Looked for at an instance that never had them, perhaps: nothing was lost.
      if (facts_.writes.back().value.occasion == kSecondInstance) facts_.writes.pop_back();
      return true;
    }
    return kept<record::GeneratorSecond>(facts_.generator, seen) || kept<record::MachineStalled>(facts_.stalls, seen);
  }
  return true;
}

bool Fold::apply_scan(const record::Observation& seen) {
  return kept<record::AnswerProbed>(facts_.probes, seen) || kept<record::AccessProbed>(facts_.accesses, seen) ||
         kept<record::MarkupProbed>(facts_.markup, seen) || kept<record::ConsumptionProbed>(facts_.consumption, seen) ||
         kept<record::ScriptRead>(facts_.scripts, seen) || kept<record::SecretFound>(facts_.secrets, seen) ||
         kept<record::FilesRead>(facts_.files, seen) || kept<record::OutputSeen>(facts_.output, seen) ||
         kept<record::CredentialSeen>(facts_.credentials, seen) || kept<record::SenderSeen>(facts_.senders, seen) ||
         kept<record::ParameterProbed>(facts_.parameters, seen) || kept<record::CanarySeen>(facts_.canaries, seen) ||
         statements_.apply(seen);
}

bool Fold::apply_data(const record::Observation& seen) {
  return kept<record::DatabaseSeen>(facts_.databases, seen) || kept<record::TableSeen>(facts_.tables, seen) ||
         kept<record::StatementTimed>(facts_.timed_statements, seen) ||
         kept<record::StatementPlanned>(facts_.plans, seen) || kept<record::ScanUnserved>(facts_.unserved, seen) ||
         kept<record::IndexSeen>(facts_.indices, seen) || kept<record::ForeignKeySeen>(facts_.foreign_keys, seen) ||
         kept<record::TableGrown>(facts_.grown, seen) || kept<record::BackupTried>(facts_.backups, seen);
}

void Fold::apply_engine(const record::Observation& seen) {
  if (record::is<record::RunStarted>(seen)) {
    facts_.run = record::decode<record::RunStarted>(seen.payload);
    builder_.configure(facts_.run.config);
  } else if (kept<record::SubjectReady>(facts_.ready, seen)) {
    builder_.subject_ready(facts_.topology, facts_.ready->value);
  } else {
    (void)(kept<record::StageEnded>(facts_.stages, seen) || kept<record::SubjectRestarted>(facts_.restarts, seen) ||
           kept<record::ExperimentLeftOut>(facts_.left_out, seen) || kept<record::TrialEnded>(facts_.trials, seen) ||
           kept<record::DrillEnded>(facts_.drills, seen) || kept<record::ProcessorUsed>(facts_.processor, seen) ||
           kept<record::CapacityStep>(facts_.capacity, seen) ||
           kept<record::SecondInstance>(facts_.second_instances, seen) ||
           kept<record::GraphPlaced>(facts_.placed, seen) || kept<record::InstrumentFailed>(facts_.failures, seen) ||
           kept<record::RunEnded>(facts_.end, seen));
  }
}

/// Edges on which a journey was answered something while it ran alone, by whole seconds of that period; of a period too
/// short to have one, by the seconds that it touches.
void Fold::solo_uses(const record::LoadPeriod& period) {
  Journey* journey = journey_at(facts_, period.journey);
  if (journey == nullptr) return;
  std::int64_t first = (period.from + kSec - 1) / kSec, end = period.to / kSec;
  if (first >= end) {
    first = period.from / kSec;
    end = (period.to + kSec - 1) / kSec;
  }
  journey->alone_measured = true;
  for (const Edge& edge : facts_.topology.edges) {
    const auto sent = edge.exchanges_by_second.lower_bound(first);
    if (sent == edge.exchanges_by_second.end() || sent->first >= end) continue;
    const auto place = std::lower_bound(journey->uses.begin(), journey->uses.end(), edge.id);
    if (place == journey->uses.end() || *place != edge.id) journey->uses.insert(place, edge.id);
  }
}

void Fold::apply(const record::Observation& observation) {
  facts_.last = std::max(facts_.last, observation.at);
  if (apply_load(observation) || apply_sandbox(observation) || apply_scan(observation) || apply_data(observation))
    return;
  apply_engine(observation);
}

Facts Fold::finish() const {
  Facts facts = facts_;
  builder_.complete(facts.topology);
  std::set<std::string> known;
  for (const Seen<record::TrialEnded>& trial : facts.trials) {
    if (known.insert(trial.value.key).second) facts.experiments.push_back(decide(facts, trial.value.key));
  }
  set_provenance(facts);
  set_criticality(facts);
  facts.statements = statements_.statements(facts.topology);
  facts.traces = statements_.traces(facts.topology, facts.statements);
  return facts;
}

Facts fold(const std::vector<record::Observation>& observations) {
  Fold fold;
  for (const record::Observation& observation : observations) fold.apply(observation);
  return fold.finish();
}

}  // namespace pl::facts

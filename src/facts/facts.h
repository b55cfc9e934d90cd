#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/builder.h"
#include "facts/cells.h"
#include "facts/statements.h"
#include "facts/topology.h"
#include "record/kinds.h"

namespace pl::facts {

/// An observation's struct with the frame it came from: every fact can name its evidence.
template <class Kind>
struct Seen {
  std::int64_t id = 0;  ///< Frame number.
  Ns at = 0;
  Kind value;
};

/// A journey and its steady state.
struct Journey {
  record::JourneyDeclared declared;
  std::optional<record::AnswerProfiled> profile;
  Steady steady;                   ///< From the last "steady" load period.
  std::vector<std::int64_t> uses;  ///< Edges on which it sent something when run alone, by its solo periods.
  bool alone_measured = false;     ///< A solo period was made, so absence from `uses` is knowledge.
};

/// The status of the journey's steady answers, or of some that are usual beside them; any before there is a profile.
bool usual_status(const Journey& journey, std::int64_t status);

/// The journey's steady answer is an event stream.
bool streams(const Journey& journey);

/// Occasion on which acknowledged writes are read at a second instance of the application.
inline constexpr std::string_view kSecondInstance = "second_instance";

/// Everything the log says, in memory. Pure data; plans, checks, verdict and report read nothing else.
struct Facts {
  record::RunStarted run;
  Topology topology;
  std::vector<Journey> journeys;
  std::vector<Seen<record::Iteration>> iterations;  ///< In the order of their ends.
  std::vector<Seen<record::LoadPeriod>> periods;
  std::vector<Seen<record::TrialEnded>> trials;
  std::vector<Seen<record::DrillEnded>> drills;
  std::vector<Seen<record::ExperimentLeftOut>> left_out;
  std::vector<Seen<record::WriteChecked>> writes;
  std::vector<Seen<record::CapacityStep>> capacity;
  std::vector<Seen<record::SecondInstance>> second_instances;
  std::vector<Seen<record::GeneratorSecond>> generator;
  std::vector<Seen<record::MachineStalled>> stalls;
  std::vector<Seen<record::ProcessStarted>> started;
  std::vector<Seen<record::ProcessEnded>> ended;
  std::vector<Seen<record::SubjectRestarted>> restarts;
  std::vector<Seen<record::DestinationRefused>> refused;
  std::vector<Seen<record::ConnectSeen>> unmet;  ///< Connects that were refused or forbidden.
  std::vector<Seen<record::NotIntercepted>> not_intercepted;
  std::vector<Seen<record::ServiceProvided>> services;
  std::vector<Seen<record::ProcessorUsed>> processor;
  std::vector<Seen<record::InstrumentFailed>> failures;
  std::vector<Seen<record::StageEnded>> stages;
  std::vector<Seen<record::AnswerProbed>> probes;
  std::vector<Seen<record::AccessProbed>> accesses;
  std::vector<Seen<record::MarkupProbed>> markup;
  std::vector<Seen<record::ConsumptionProbed>> consumption;
  std::vector<Seen<record::ScriptRead>> scripts;
  std::vector<Seen<record::SecretFound>> secrets;
  std::vector<Seen<record::FilesRead>> files;
  std::vector<Seen<record::OutputSeen>> output;
  std::vector<Seen<record::CredentialSeen>> credentials;
  std::vector<Seen<record::SenderSeen>> senders;
  std::vector<Seen<record::ParameterProbed>> parameters;
  std::vector<Seen<record::CanarySeen>> canaries;
  std::vector<Seen<record::DatabaseSeen>> databases;
  std::vector<Seen<record::TableSeen>> tables;
  std::vector<Seen<record::StatementTimed>> timed_statements;  ///< By the server's own statistics.
  std::vector<Seen<record::StatementPlanned>> plans;
  std::vector<Seen<record::ScanUnserved>> unserved;
  std::vector<Seen<record::IndexSeen>> indices;
  std::vector<Seen<record::ForeignKeySeen>> foreign_keys;
  std::vector<Seen<record::TableGrown>> grown;
  std::vector<Seen<record::BackupTried>> backups;
  std::optional<Seen<record::SandboxStarted>> sandbox;
  std::optional<Seen<record::SubjectReady>> ready;
  std::optional<Seen<record::GraphPlaced>> placed;
  std::optional<Seen<record::RunEnded>> end;
  std::vector<Statement> statements;    ///< In the order in which they were first seen; made by finish().
  std::vector<StatementTrace> traces;   ///< By journey and round; made by finish().
  std::vector<Experiment> experiments;  ///< By key, in the order of their first trial; see cells.h.
  Ns last = 0;                          ///< Time of the last observation.
};

/// The last steady load period: nothing was broken in it. nullptr where there was none.
const Seen<record::LoadPeriod>* steady_period(const Facts& facts);

/// Folds observations into facts, one after the other, in the order of the log. The engine keeps one live; reports fold
/// the whole log again and get the same.
class Fold {
 public:
  void apply(const record::Observation& observation);
  /// Facts so far; `experiments`, `statements` and `traces` are made by finish().
  const Facts& facts() const { return facts_; }
  /// Decides all experiments (cells, outage, health truth, writes lost, criticality, provenance) from what was folded.
  Facts finish() const;

 private:
  bool apply_sandbox(const record::Observation& observation);
  bool apply_load(const record::Observation& observation);
  void apply_engine(const record::Observation& observation);
  bool apply_scan(const record::Observation& observation);
  bool apply_data(const record::Observation& observation);
  void solo_uses(const record::LoadPeriod& period);

  Facts facts_;
  TopologyBuilder builder_;
  StatementFold statements_;
};

/// Steady state, cells, everything: the facts of a whole log.
Facts fold(const std::vector<record::Observation>& observations);

}  // namespace pl::facts

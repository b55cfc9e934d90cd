#include "record/kinds.h"

namespace pl::record {
namespace {

template <class Kind>
KindRow row() {
  KindRow result{Kind::kName, Kind::kSource, Kind::kDoc, {}};
  std::apply([&](const auto&... field) { (result.fields.push_back({field.name, field.unit}), ...); }, Kind::fields());
  return result;
}

template <class... Kinds>
std::vector<KindRow> rows() {
  return {row<Kinds>()...};
}

}  // namespace

const std::vector<KindRow>& kind_rows() {
  static const std::vector<KindRow> table =
      rows<RunStarted, StageEnded, SandboxStarted, ProcessStarted, ProcessEnded, ListenerSeen, ConnectSeen,
           DestinationRefused, NotIntercepted, ProtocolSeen, FlowSecond, ServiceProvided, SubjectReady,
           SubjectRestarted, JourneyDeclared, AnswerProfiled, Iteration, LoadPeriod, GeneratorSecond, MachineStalled,
           ExperimentLeftOut, TrialEnded, DrillEnded, WriteChecked, CapacityStep, SecondInstance, ProcessorUsed,
           GraphPlaced, InstrumentFailed, RunEnded, AnswerProbed, AccessProbed, MarkupProbed, ScriptRead, SecretFound,
           FilesRead, OutputSeen, CredentialSeen, SenderSeen, StatementSeen, StatementSecond, StatementsTraced,
           ParameterProbed, CanarySeen, DatabaseSeen, TableSeen, StatementTimed, StatementPlanned, ScanUnserved,
           IndexSeen, ForeignKeySeen, TableGrown>();
  return table;
}

const char* source_name(Source source) {
  static constexpr const char* kNames[] = {"engine", "sandbox", "relay", "load", "service", "scan", "data"};
  return kNames[static_cast<int>(source)];
}

}  // namespace pl::record

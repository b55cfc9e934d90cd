#include <concepts>
#include <type_traits>

#include "record/kinds.h"

namespace pl::record {
namespace {

template <class T>
Json encode_value(const T& value) {
  if constexpr (std::same_as<T, Json>) {
    return value;
  } else if constexpr (std::is_enum_v<T>) {
    return Json(static_cast<std::int64_t>(value));
  } else if constexpr (requires(T list) { list.push_back(list.front()); } && !std::same_as<T, std::string>) {
    Json list = Json::array();
    for (const auto& item : value) list.push(encode_value(item));
    return list;
  } else {
    return Json(value);
  }
}

template <class T>
void decode_value(const Json& json, T& value) {
  if constexpr (std::same_as<T, Json>) {
    value = json;
  } else if constexpr (std::same_as<T, bool>) {
    value = json.as_bool();
  } else if constexpr (std::same_as<T, std::string>) {
    value = json.as_string();
  } else if constexpr (std::is_floating_point_v<T>) {
    value = json.as_double();
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    value = static_cast<T>(json.as_int());
  } else {
    value.clear();
    for (const Json& item : json.items()) decode_value(item, value.emplace_back());
  }
}

/// One function per type of field, not per field: the table is long.
template <class T>
[[gnu::noinline]] void put(Json& payload, const char* name, const T& value, const T& otherwise) {
  if (!(value == otherwise)) payload.set(name, encode_value(value));
}

template <class T>
[[gnu::noinline]] void take(const Json& payload, const char* name, T& value) {
  if (payload.has(name)) decode_value(payload[name], value);
}

template <class Kind>
KindRow row() {
  KindRow result{Kind::kName, Kind::kSource, Kind::kDoc, {}};
  Kind::fields([&](const char* name, const char* unit, auto) { result.fields.push_back({name, unit}); });
  return result;
}

}  // namespace

template <class Kind>
Json encode(const Kind& kind) {
  [[maybe_unused]] static const Kind defaults{};
  Json payload = Json::object();
  Kind::fields([&](const char* name, const char*, auto member) { put(payload, name, kind.*member, defaults.*member); });
  return payload;
}

template <class Kind>
Kind decode(const Json& payload) {
  Kind kind{};
  Kind::fields([&](const char* name, const char*, auto member) { take(payload, name, kind.*member); });
  return kind;
}

// Every kind, in the order of the headers.
// clang-format off
#define PL_KINDS(X) \
  X(RunStarted) X(StageEnded) X(SandboxStarted) X(ProcessStarted) X(ProcessEnded) X(ListenerSeen) X(ConnectSeen) \
  X(DestinationRefused) X(NotIntercepted) X(ProtocolSeen) X(FlowSecond) X(ServiceProvided) X(SubjectReady) \
  X(SubjectRestarted) X(JourneyDeclared) X(AnswerProfiled) X(Iteration) X(LoadPeriod) X(GeneratorSecond) \
  X(MachineStalled) X(ExperimentLeftOut) X(TrialEnded) X(DrillEnded) X(WriteChecked) X(CapacityStep) \
  X(SecondInstance) X(ProcessorUsed) X(GraphPlaced) X(InstrumentFailed) X(RunEnded) X(AnswerProbed) X(AccessProbed) \
  X(MarkupProbed) X(ScriptRead) X(SecretFound) X(FilesRead) X(OutputSeen) X(CredentialSeen) X(SenderSeen) \
  X(StatementSeen) X(StatementSecond) X(StatementsTraced) X(ParameterProbed) X(CanarySeen) X(DatabaseSeen) \
  X(TableSeen) X(StatementTimed) X(StatementPlanned) X(ScanUnserved) X(IndexSeen) X(ForeignKeySeen) X(TableGrown) \
  X(BackupTried) X(ConsumptionProbed)
// clang-format on

#define PL_CODEC(Kind)               \
  template Json encode(const Kind&); \
  template Kind decode(const Json&);
PL_KINDS(PL_CODEC)
#undef PL_CODEC

const std::vector<KindRow>& kind_rows() {
#define PL_ROW(Kind) row<Kind>(),
  static const std::vector<KindRow> table = {PL_KINDS(PL_ROW)};
#undef PL_ROW
  return table;
}

const char* source_name(Source source) {
  static constexpr const char* kNames[] = {"engine", "sandbox", "relay", "load", "service", "scan", "data"};
  return kNames[static_cast<int>(source)];
}

}  // namespace pl::record

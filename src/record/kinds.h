#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "record/kinds_data.h"
#include "record/kinds_engine.h"
#include "record/kinds_load.h"
#include "record/kinds_sandbox.h"
#include "record/kinds_scan.h"
#include "record/kinds_statements.h"

/// The kinds of observation. Each struct is one kind: its name, source, sentence, and fields with units; kinds.cc makes
/// the kinds table from them. Everything that judges, judges from these alone. Times are nanoseconds since the run
/// began. `fields` calls what it is given with each field's name in the log, its unit ("" where it has none) and the
/// member that holds it; a template, so that only kinds.cc pays for it. Process ids are as the supervisor sees them
/// (outside the application's PID namespace).
namespace pl::record {

/// A field as the kinds table shows it.
struct FieldRow {
  std::string_view name;
  std::string_view unit;
};

/// A row of the kinds table.
struct KindRow {
  std::string_view name;
  Source source;
  std::string_view doc;
  std::vector<FieldRow> fields;
};

/// All kinds, in the order of this file.
const std::vector<KindRow>& kind_rows();

/// An observation of a kind; id is given by the log when it is appended.
template <class Kind>
Observation observe(Ns at, const Kind& kind) {
  return Observation{0, at, Kind::kSource, std::string(Kind::kName), encode(kind)};
}

/// The kind's struct where the observation is of that kind.
template <class Kind>
bool is(const Observation& observation) {
  return observation.kind == Kind::kName;
}

}  // namespace pl::record

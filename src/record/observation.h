#pragma once
#include <cstdint>
#include <string>

#include "base/json.h"
#include "base/time.h"

namespace pl::record {

/// Who saw it.
enum class Source : std::uint8_t { engine, sandbox, relay, load, service, scan, data };

/// One thing that was seen, immutable once written. The order of the log is the order of observations.
struct Observation {
  std::int64_t id = 0;  ///< Position in the log, counted from 0: also the frame number.
  Ns at = 0;            ///< When it was seen, since the run began.
  Source source = Source::engine;
  std::string kind;  ///< A row of the kinds table.
  Json payload;      ///< Its fields, as the row says.
};

const char* source_name(Source source);

}  // namespace pl::record

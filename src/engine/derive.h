#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "record/log.h"
#include "report/report.h"
#include "report/writers.h"
#include "verdict/verdict.h"

namespace pl::engine {

/// From a log's observations to the report: facts, checks, verdict, report. A pure function; everybody who has the log
/// derives the same.
report::Report derive(const record::ReadResult& log);

/// The bytes of a log that is whole or was cut short. Errc::corrupt names the first frame that was altered.
Result<record::ReadResult> read_run_log(std::string_view bytes, const std::string& path);

/// Where the log of a run lies: RUN is a run folder, the name of one below runs/, or the log itself. Errc::not_found
/// says what was looked for.
Result<std::string> log_path(const std::string& run);

}  // namespace pl::engine

#pragma once
#include <string>

#include "base/result.h"
#include "engine/request.h"
#include "report/report.h"

namespace pl::engine {

inline constexpr std::string_view kVersion = "0.1.0";

/// A run that was made, whole, interrupted or failed, with its report written.
struct Outcome {
  std::string folder;
  report::Report report;
  int exit_code = 0;
  std::string error;  ///< Why it failed or was stopped; empty where it was made whole.
};

/// Makes a run: the application in the sandbox, observed, loaded, its dependencies broken; log, report and signature in
/// the run folder. An error where there is nothing to report on: the input was wrong, or the folder could not be
/// written. A stop that the user asked for is an outcome. Nothing runs any more when it returns.
Result<Outcome> run(const Request& request, const Progress& progress);

}  // namespace pl::engine

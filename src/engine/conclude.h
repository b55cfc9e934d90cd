#pragma once
#include "base/result.h"
#include "engine/state.h"
#include "report/report.h"

namespace pl::engine {

/// Writes where components stand in the drawn graph, once, so that every re-derivation draws the same.
void place_graph(Run& run);

/// Derives the report from the log and writes it with its exports and the signature into the run folder.
Result<report::Report> conclude(RunFolder& folder, const std::optional<sign::Key>& key);

}  // namespace pl::engine

#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "facts/facts.h"
#include "record/log.h"
#include "report/report.h"

namespace pl::cli {

/// A run that was made, read from its log and derived again.
struct StoredRun {
  record::ReadResult log;
  facts::Facts facts;
  report::Report report;
};
Result<StoredRun> read_run(const std::string& run);

/// What a user names of a run: a finding, or an experiment.
struct Chosen {
  const facts::Finding* finding = nullptr;  ///< nullptr: an experiment was named.
  std::vector<std::string> keys;            ///< Experiments: the named one, or those that the finding rests on.
};

/// Finds what is named by an experiment's key, a finding's fingerprint (its beginning where that is enough), a check
/// ("chaos.hangs") or a check and a subject ("chaos.hangs postgres silent"). Errc::not_found lists what there is,
/// Errc::usage what else is meant by the same words. The result points into the report.
Result<Chosen> choose(const report::Report& report, const std::string& name);

}  // namespace pl::cli

#pragma once
#include <string>
#include <vector>

#include "report/report.h"

namespace pl::cli {

/// What one journey saw of an experiment in two runs.
struct AgreementRow {
  enum class State { same, different, not_decided };
  std::string who;  ///< Journey, or the part of a drill.
  std::string first, second;
  State state = State::not_decided;
};

/// Whether two runs say the same of one experiment.
struct Agreement {
  std::vector<AgreementRow> rows;
  std::string missing;  ///< Why one of them says nothing at all; empty where both do.
  int exit_code = 3;    ///< 0 agrees, 1 disagrees, 3 could not be measured.
};

/// Compares the outcome words of an experiment, journey by journey; of a drill its result.
Agreement compare(const report::Report& first, const report::Report& second, const std::string& key);

/// As lines of text.
std::string agreement_text(const Agreement& agreement, const std::string& key);

}  // namespace pl::cli

#pragma once
#include <cstdint>
#include <string>

#include "facts/facts.h"
#include "report/report.h"

namespace pl::report {

/// The worst cell of an experiment in the matrix's words, for those who show a matrix that is not finished yet.
struct Worst {
  bool decided = false;
  std::string word;    ///< Outcome word, or "inconclusive", "not run".
  std::string figure;  ///< "10.2 s"; may be empty.
  Tone tone = Tone::none;
  bool blocks = false;
};
Worst worst_of(const facts::Facts& facts, const facts::Experiment& experiment);
Worst worst_of(const facts::Facts& facts, const record::DrillEnded& drill);

/// The matrix's row of an experiment on a component, or on an edge.
std::string part_of(const facts::Facts& facts, std::int64_t component, std::int64_t edge);

}  // namespace pl::report

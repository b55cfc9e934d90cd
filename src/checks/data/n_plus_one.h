#pragma once
#include <cstdint>
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// A journey that executes one statement again for each row of another one, or for each thing that its user owns.
struct Repetition {
  std::int64_t journey = 0;
  std::int64_t statement = -1;           ///< Index in Facts::statements.
  std::int64_t of_rows = -1;             ///< The statement whose rows it follows; -1: it grows with what the user owns.
  std::vector<std::int64_t> executions;  ///< In one iteration after the other.
  std::vector<std::int64_t> frames;
};

/// From the traces (facts::StatementTrace): one statement executed at least three times in an iteration, and in each
/// iteration about as often as another one had rows; where that number is always the same, at least eight times, so
/// that a fixed number of look-ups is not taken for it. Or, where no such rows are seen, more often with each round.
std::vector<Repetition> repetitions(const facts::Facts& facts);

/// One statement per row: pages that get slower with each thing that a customer owns.
std::vector<facts::Finding> n_plus_one(const facts::Facts& facts);

}  // namespace pl::checks

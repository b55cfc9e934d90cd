#pragma once
#include <cstdint>
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// A statement whose answers grew during the run, with nothing in it that would end that.
struct Unbounded {
  std::int64_t statement = -1;  ///< Index in Facts::statements.
  double first = 0, last = 0;   ///< Rows per execution in the first and the last quarter of the seconds it ran in.
};

/// SELECTs without LIMIT and no aggregates, whose rows per execution rose from quarter to quarter of the seconds in
/// which they ran (seconds, because the search for the rate has most executions of a run), by a fifth and 20 rows at
/// least, and of which one reached 100 rows. A look-up by a key never reaches that; a table of fixed size never rises.
std::vector<Unbounded> unbounded_statements(const facts::Facts& facts);

/// Answers that grow with the data, without a limit.
std::vector<facts::Finding> unbounded(const facts::Facts& facts);

}  // namespace pl::checks

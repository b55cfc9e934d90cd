#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Customers' values in the text of SQL statements. Unescaped it is proved at the database's door, and blocks; escaped
/// it is a note, since some drivers write values so; as a bound value it is as it should be.
std::vector<facts::Finding> sql_text(const facts::Facts& facts);

}  // namespace pl::checks

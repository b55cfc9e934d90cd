#pragma once
#include <utility>
#include <vector>

#include "facts/facts.h"

namespace pl::checks {

using SeenIndex = facts::Seen<record::IndexSeen>;

/// Indices that guard no rule, were never scanned, begin with what no statement of the run asks for, and serve no
/// foreign key. Pointers into the facts.
std::vector<const SeenIndex*> unused_indices(const facts::Facts& facts);
/// Indices that guard no rule, each with one of the same table, kind and rows that begins with all of its columns.
std::vector<std::pair<const SeenIndex*, const SeenIndex*>> doubled_indices(const facts::Facts& facts);

}  // namespace pl::checks

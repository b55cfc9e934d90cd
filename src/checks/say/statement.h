#pragma once
#include <string>

#include "facts/facts.h"

namespace pl::checks {

/// A statement as findings quote it: its beginning, where it is long.
std::string text_of(const facts::Statement& statement);
/// What the edge is called; "the database" where it is not known.
std::string edge_name(const facts::Facts& facts, std::int64_t edge);

}  // namespace pl::checks

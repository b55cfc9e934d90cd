#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "facts/facts.h"

namespace pl::engine {

/// What was seen of a program that ran in the sandbox.
struct Observed {
  facts::Facts facts;
  int exit_code = 0;  ///< The program's own; 128 and the signal's number where a signal ended it.
};

/// Runs a program in the sandbox until it ends or the user asks to stop, and folds what was seen. Its output is
/// proofload's own. `allowed` is what it may reach beside loopback.
Result<Observed> observe(const std::vector<std::string>& argv, const std::vector<std::string>& allowed);

/// The dependency graph as text: components, then edges with traffic, then what was refused and what passed by.
std::string graph_text(const facts::Facts& facts);
/// The same as one JSON document.
std::string graph_json(const facts::Facts& facts);

}  // namespace pl::engine

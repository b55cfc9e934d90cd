#pragma once
#include <string>
#include <vector>

#include "engine/prober.h"

namespace pl::engine {

/// The journeys that reach the built-in model, each made again by one more customer, with some more words in the last
/// text that customers write by hand. One that has no such text, or was not whole before, is left out.
Result<std::vector<Walked>> ask_model(Prober& prober, const std::vector<Walked>& walks, const std::string& request);

}  // namespace pl::engine

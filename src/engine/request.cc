#include "engine/request.h"

#include <algorithm>

namespace pl::engine {

bool Request::asks_for(const std::string& experiment) const {
  if (only.empty()) return true;
  return std::ranges::any_of(
      only, [&](const std::string& one) { return experiment == one || experiment.starts_with(one + "."); });
}

}  // namespace pl::engine

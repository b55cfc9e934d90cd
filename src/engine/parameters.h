#pragma once
#include <string>
#include <vector>

#include "conf/config.h"

namespace pl::engine {

/// A place of a step where customers' values stand.
struct Parameter {
  std::string place;            ///< "body", "query" or "path".
  std::string name;             ///< "q", "filter.name", "segment 3".
  std::vector<std::size_t> at;  ///< Body in JSON: the way to it, as places of members and elements. Else one number.
};

/// The parameters of a step: values of its body (JSON and form) and of its query, and parts of its path that are made
/// of variables. limits::kStepParameters at most.
std::vector<Parameter> parameters_of(const conf::Step& step);

/// The step with `more` behind the value of that parameter; a number becomes a text.
conf::Step with_more(const conf::Step& step, const Parameter& parameter, const std::string& more);

}  // namespace pl::engine

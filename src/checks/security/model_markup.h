#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// Markup in the model's answer that customers' browsers get as markup.
std::vector<facts::Finding> model_markup(const facts::Facts& facts);

}  // namespace pl::checks

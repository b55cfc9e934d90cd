#pragma once
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

namespace pl::checks {

/// What one customer may cost at the model provider: answers without a limit, and conversations that are sent whole
/// with each question (OWASP Top 10 for LLM Applications 2025, LLM10 "Unbounded Consumption").
std::vector<facts::Finding> model_limits(const facts::Facts& facts);

}  // namespace pl::checks

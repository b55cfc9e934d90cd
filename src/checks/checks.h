#pragma once
#include <span>
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

/// The judging functions: what the facts mean for customers. Pure; one file and one row each.
namespace pl::checks {

/// All checks, by checkpoint.
std::span<const facts::CheckRow> all();

/// Every check over the facts (of Fold::finish()): findings with fingerprint and command, most severe first within each
/// checkpoint. Severities are the checks' own; the policy is applied by verdict::judge.
std::vector<facts::Finding> run_all(const facts::Facts& facts);

/// The answers to all questions of DESIGN 1, in their order: from evidence, or not run and why.
std::vector<facts::Answer> answers(const facts::Facts& facts);

}  // namespace pl::checks

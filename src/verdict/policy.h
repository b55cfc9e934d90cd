#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "facts/finding.h"
#include "verdict/verdict.h"

namespace pl::verdict {

/// A rule of `policy:`: what it names and what becomes of it.
struct Rule {
  std::string subject;  ///< Check id ("operations.terminate") or outcome word ("hangs").
  std::string action;   ///< "block", "warn" or "ignore".
  std::string reason;
};

/// Rules as they stand in a configuration: a list of {subject, action, reason}, or a map of subject to action.
std::vector<Rule> rules_of(const Json& policy);

/// Changes severities as the rules say. What a rule ignores becomes a note, and is added to `not_tested` with its
/// reason: an exclusion never counts as passed.
void apply_policy(const std::vector<Rule>& rules, std::vector<facts::Finding>& findings,
                  std::vector<NotTested>& not_tested);

}  // namespace pl::verdict

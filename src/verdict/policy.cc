#include "verdict/policy.h"

#include <algorithm>

namespace pl::verdict {
namespace {

/// "chaos.no_recovery" answers to itself and to "no recovery"; "chaos.misleading_health" to "misleading" too.
bool names(const Rule& rule, const std::string& check) {
  if (rule.subject == check) return true;
  std::string last = check.substr(check.rfind('.') + 1);
  if (rule.subject == last) return true;
  std::replace(last.begin(), last.end(), '_', ' ');
  return rule.subject == last || last.starts_with(rule.subject + " ");
}

}  // namespace

std::vector<Rule> rules_of(const Json& policy) {
  std::vector<Rule> rules;
  for (const Json& row : policy.items()) {
    rules.push_back({row["subject"].as_string(), row["action"].as_string(), row["reason"].as_string()});
  }
  if (!policy.is_object()) return rules;
  for (const auto& [subject, value] : policy.members()) {
    rules.push_back(value.is_object() ? Rule{subject, value["action"].as_string(), value["reason"].as_string()}
                                      : Rule{subject, value.as_string(), ""});
  }
  return rules;
}

void apply_policy(const std::vector<Rule>& rules, std::vector<facts::Finding>& findings,
                  std::vector<NotTested>& not_tested) {
  for (facts::Finding& finding : findings) {
    for (const Rule& rule : rules) {
      if (!names(rule, finding.check)) continue;
      if (rule.action == "block") finding.severity = facts::Severity::blocking;
      if (rule.action == "warn") finding.severity = facts::Severity::warning;
      if (rule.action != "ignore") continue;
      finding.severity = facts::Severity::note;
      const std::string reason = rule.reason.empty() ? "no reason given" : rule.reason;
      finding.why += " Excluded by the policy: " + reason + ".";
      not_tested.push_back({finding.title, "excluded by the policy: " + reason, false});
    }
  }
}

}  // namespace pl::verdict

#include "checks/security/model_limits.h"

#include <fmt/core.h>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

using facts::Facts;
using facts::Finding;
using facts::Seen;

Finding begin(const Facts& facts, const Seen<record::ConsumptionProbed>& probe, std::string_view what) {
  Finding finding = begin_finding("security.model_limits", facts::Checkpoint::security,
                                  fmt::format("{} of {}", what, journeys_text(facts, {probe.value.journey})),
                                  facts::Severity::warning);
  finding.command = repeat_command(facts, kProbeKey);
  add_evidence(finding, {probe.id});
  return finding;
}

Finding endless_answers(const Facts& facts, const Seen<record::ConsumptionProbed>& probe) {
  Finding finding = begin(facts, probe, "answers");
  finding.title = fmt::format("{} asks the model without a limit on the length of its answer.", probe.value.target);
  finding.why = "A model that does not come to an end is paid for, and waited for, to its own limit.";
  finding.remedy = "Set max_completion_tokens (max_output_tokens) to what a useful answer needs";
  return finding;
}

Finding whole_conversations(const Facts& facts, const Seen<record::ConsumptionProbed>& probe) {
  Finding finding = begin(facts, probe, "conversations");
  finding.title = fmt::format(
      "Each question of {} is sent to the model with all that was said before: {} messages with the first one, {} with "
      "the {}th.",
      probe.value.target, probe.value.first_messages, probe.value.messages, probe.value.turns);
  finding.why =
      "What a conversation costs grows with the square of its length, until the model's context is full and it fails.";
  finding.remedy = "Send the last messages up to a budget of tokens, and a summary of the rest";
  finding.numbers.push_back({"messages", static_cast<double>(probe.value.messages), "", probe.value.turns});
  return finding;
}

}  // namespace

std::vector<Finding> model_limits(const Facts& facts) {
  std::vector<Finding> findings;
  for (const Seen<record::ConsumptionProbed>& probe : facts.consumption) {
    if (probe.value.limit == 0) findings.push_back(endless_answers(facts, probe));
    if (probe.value.grows) findings.push_back(whole_conversations(facts, probe));
  }
  return findings;
}

}  // namespace pl::checks

#include "checks/security/model_markup.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

using facts::Facts;
using facts::Finding;
using facts::Seen;

Finding begin(const Facts& facts, const Seen<record::MarkupProbed>& probe, facts::Severity severity) {
  Finding finding = begin_finding("security.model_markup", facts::Checkpoint::security,
                                  "markup in " + journeys_text(facts, {probe.value.journey}), severity);
  finding.why =
      "Whoever can make the model say something (in a document, a web page, a prompt) then runs scripts in "
      "customers' browsers, with their session.";
  finding.remedy =
      "Put the model's text into the page as text (textContent, the template's escaping), or through a "
      "sanitizer where markup is wanted";
  finding.command = repeat_command(facts, kProbeKey);
  add_evidence(finding, {probe.id});
  return finding;
}

Finding proved(const Facts& facts, const Seen<record::MarkupProbed>& probe) {
  Finding finding = begin(facts, probe, facts::Severity::blocking);
  finding.title = fmt::format("Markup in the model's answer stands unescaped in the page of {} ({}).",
                              journeys_text(facts, {probe.value.journey}), probe.value.target);
  return finding;
}

/// The answer is data, and a script of the page turns text into markup. That it does so with this text is not proved.
Finding suspected(const Facts& facts, const Seen<record::MarkupProbed>& probe,
                  const std::vector<const Seen<record::ScriptRead>*>& scripts) {
  Finding finding = begin(facts, probe, facts::Severity::warning);
  finding.evidence_class = facts::Evidence::from_files;
  std::vector<std::string> places;
  std::int64_t count = 0;
  for (const auto* script : scripts) {
    places.push_back(fmt::format("{} {}", script->value.target, script->value.places.front()));
    count += static_cast<std::int64_t>(script->value.places.size());
    add_evidence(finding, {script->id});
  }
  places.resize(std::min<std::size_t>(places.size(), 2));
  finding.title = fmt::format(
      "Markup in the model's answer reaches the browser as it is ({}), where scripts turn text into markup in {}.",
      probe.value.form, count_text(count, "place"));
  finding.why += " For example " + list_text(places);
  return finding;
}

}  // namespace

std::vector<Finding> model_markup(const Facts& facts) {
  std::vector<const Seen<record::ScriptRead>*> scripts;
  for (const Seen<record::ScriptRead>& script : facts.scripts) {
    if (!script.value.places.empty() && !script.value.sanitizer) scripts.push_back(&script);
  }
  std::vector<Finding> findings;
  for (const Seen<record::MarkupProbed>& probe : facts.markup) {
    if (!probe.value.raw) continue;
    if (probe.value.form == "html") {
      findings.push_back(proved(facts, probe));
    } else if (!scripts.empty()) {
      findings.push_back(suspected(facts, probe, scripts));
    }
  }
  return findings;
}

}  // namespace pl::checks

#include "checks/security/internals.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/internals.h"
#include "checks/say/say.h"

namespace pl::checks {
namespace {

struct Shown {
  std::vector<std::string> what;
  std::vector<std::int64_t> evidence;
  std::string where, excerpt;  ///< Of the first.
  std::int64_t failing = 0, showing = 0;
  bool asked = false;  ///< A question outside the load was enough.

  void add(std::string_view kind, std::int64_t frame, std::string place, const std::string& text) {
    ++showing;
    const std::string word(kind);
    const bool known = std::find(what.begin(), what.end(), word) != what.end();
    // One of each kind first, then more of the same.
    evidence.insert(known ? evidence.end() : evidence.begin(), frame);
    if (!known) what.push_back(word);
    if (excerpt.empty()) {
      where = std::move(place);
      excerpt = text;
    }
  }
};

bool failed(const record::Iteration& seen) {
  return seen.end == record::End::complete && (seen.status >= 400 || seen.stream_error) && !seen.said.empty();
}

std::string journey_name(const facts::Facts& facts, std::int64_t journey) {
  const bool known = journey >= 0 && journey < static_cast<std::int64_t>(facts.journeys.size());
  return known ? facts.journeys[static_cast<std::size_t>(journey)].declared.name : "?";
}

Shown shown_by(const facts::Facts& facts) {
  Shown shown;
  for (const auto& probe : facts.probes) {
    if (probe.value.status < 400) continue;
    ++shown.failing;
    if (probe.value.internals.empty()) continue;
    shown.asked = true;
    shown.add(probe.value.internals, probe.id,
              fmt::format("{} {} ({})", probe.value.method, probe.value.target.substr(0, 40), probe.value.what),
              probe.value.excerpt);
  }
  for (const auto& iteration : facts.iterations) {
    if (!failed(iteration.value)) continue;
    ++shown.failing;
    const auto internals = find_internals(iteration.value.said);
    if (!internals) continue;
    shown.add(internals->what, iteration.id, fmt::format("`{}`", journey_name(facts, iteration.value.journey)),
              internals->excerpt);
  }
  return shown;
}

}  // namespace

std::vector<facts::Finding> internals(const facts::Facts& facts) {
  constexpr std::size_t kQuoted = 90;
  const Shown shown = shown_by(facts);
  if (shown.evidence.empty()) return {};
  facts::Finding finding =
      begin_finding("security.internals", facts::Checkpoint::security, "error answers", facts::Severity::warning);
  finding.title = fmt::format("Error answers show customers {} ({} of {} that failed).", list_text(shown.what),
                              shown.showing, shown.failing);
  finding.why = fmt::format("It tells attackers what is inside and where. {} said: \"{}\".", shown.where,
                            shown.excerpt.substr(0, kQuoted));
  finding.remedy = "Answer errors with a sentence and a number to ask by; write the rest to the log only";
  finding.numbers.push_back({"answers", static_cast<double>(shown.showing), "", shown.failing});
  finding.command = repeat_command(facts, shown.asked ? kProbeKey : "");
  add_evidence(finding, shown.evidence);
  return {finding};
}

}  // namespace pl::checks

#include "checks/chaos/outcomes.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

using facts::Cell;
using facts::Experiment;
using facts::Facts;
using facts::Finding;
using facts::Outcome;

/// Outcomes that this check says; data lost, no recovery and health endpoints have checks of their own.
struct Words {
  Outcome outcome;
  std::string_view check, why, remedy;
};
constexpr Words kWords[] = {
    {Outcome::degraded, "chaos.degraded", "The same answers, later.",
     "Cache what may be old, or ask in parallel, where the longer wait matters"},
    {Outcome::graceful, "chaos.graceful", "The failure is said honestly and soon; still, no customer is served.",
     "Consider a fallback (a cached or reduced answer) where customers need this journey"},
    {Outcome::errors, "chaos.errors", "The errors end with the fault.",
     "Catch the failure and answer 503 with Retry-After, or a reduced answer"},
    {Outcome::misleading, "chaos.misleading", "Customers and monitoring take it for a true answer.",
     "Answer 503 when a dependency fails: never an empty, partial or client-error answer"},
    {Outcome::hangs, "chaos.hangs", "The application has no time limit of its own for this call.", ""},
    {Outcome::outage, "chaos.outage", "Requests that wait take away what other journeys need (workers, pool, memory).",
     "Bound how many requests may wait for it, and give each a time limit"},
    {Outcome::crash, "chaos.crash", "A process of the application ended that nobody had ended.",
     "Handle the connection's error event, and let the application reconnect with growing pauses"},
    {Outcome::fail_open, "chaos.fail_open", "A protection let through what it refuses in the steady state.",
     "Refuse when the protection cannot decide"},
};

struct Group {
  std::vector<std::int64_t> journeys;
  std::int64_t count = 0, of = 0;
  std::int64_t refused = 0;  ///< Of them: open refusals.
  Ns longest = 0, change = 0;
  bool bounded = true;  ///< The application itself ended the longest wait of each.
  std::vector<std::int64_t> evidence;
  std::string note;
};

/// A blocking outcome is said wherever it holds, another only as the headline.
Group group_of(const Facts& facts, const Experiment& experiment, Outcome outcome) {
  Group group;
  for (const Cell& cell : experiment.cells) {
    const bool said = facts::outcome_row(outcome).blocks
                          ? holds(cell, outcome)
                          : cell.state == Cell::State::decided && cell.headline == outcome;
    const bool known = cell.journey >= 0 && cell.journey < static_cast<std::int64_t>(facts.journeys.size());
    const bool health = known && facts.journeys[static_cast<std::size_t>(cell.journey)].declared.health;
    if (!said || (health && outcome == Outcome::misleading)) continue;
    group.journeys.push_back(cell.journey);
    for (const facts::OutcomeCount& row : cell.all) {
      if (row.outcome != outcome) continue;
      group.count += row.count;
      group.of += row.of;
    }
    group.refused += std::min(cell.refused, group.count);
    group.longest = std::max(group.longest, cell.longest_wait);
    group.change = std::max(group.change, cell.median_change);
    group.bounded = group.bounded && cell.wait_end == facts::WaitEnd::application;
    group.evidence.insert(group.evidence.end(), cell.evidence.begin(), cell.evidence.end());
    if (group.note.empty()) group.note = cell.note;
  }
  return group;
}

std::string_view graceful_text(const Group& group) {
  if (group.refused == 0) return "another useful answer";
  return group.refused >= group.count ? "an honest refusal" : "an honest refusal or another useful answer";
}

std::string effect_text(const Facts& facts, const Group& group, Outcome outcome) {
  const std::string who = journeys_text(facts, group.journeys);
  const std::string share = group.of > 0 ? fmt::format(" ({} of {})", group.count, count_text(group.of, "answer")) : "";
  const bool every = group.of > 0 && group.count * 10 >= group.of * 9;
  switch (outcome) {
    case Outcome::hangs:
      return every ? fmt::format("every customer of {} waits until it is back ({} seen)", who, time_text(group.longest))
                   : fmt::format("customers of {} wait until it is back ({} seen, {} of {})", who,
                                 time_text(group.longest), group.count, count_text(group.of, "request"));
    case Outcome::errors:
      return fmt::format("customers of {} get errors for as long as it lasts{}", who, share);
    case Outcome::misleading:
      return fmt::format("customers of {} get an answer that hides the failure{}", who, share);
    case Outcome::outage:
      return fmt::format("{} {} nothing there when used alone{}", who,
                         group.journeys.size() > 1 ? "fail too, though they send" : "fails too, though it sends",
                         share);
    case Outcome::crash:
      return fmt::format("the application itself ends, seen by customers of {}", who);
    case Outcome::fail_open:
      return fmt::format("whoever has no session is answered in {} as if they had one{}", who, share);
    case Outcome::graceful:
      return fmt::format("customers of {} get {}{}", who, graceful_text(group), share);
    case Outcome::degraded:
      return group.change > 0 ? fmt::format("customers of {} wait {} longer", who, time_text(group.change))
                              : fmt::format("customers of {} wait longer", who);
    default:
      return fmt::format("customers of {} see {}{}", who, facts::outcome_row(outcome).sees, share);
  }
}

Finding finding_of(const Facts& facts, const Experiment& experiment, const Words& words, const Group& group) {
  // To lose two parts at once is more than the policy asks an application to outlive.
  const bool blocks = facts::outcome_row(words.outcome).blocks && experiment.edges.size() < 2;
  Finding finding = begin_finding(facts, std::string(words.check), experiment,
                                  blocks ? facts::Severity::blocking : facts::Severity::warning);
  finding.title = when_text(facts, experiment) + ", " + effect_text(facts, group, words.outcome) + ".";
  finding.why = words.why;
  if (words.outcome == Outcome::graceful && group.refused == 0)
    finding.why = "Something else is answered in its place.";
  if (words.outcome == Outcome::hangs && group.bounded) finding.why = "The application's own limit is too long.";
  if (!group.note.empty()) finding.why += " Seen: " + group.note + ".";
  if (!experiment.note.empty()) finding.why += " Also: " + experiment.note + ".";
  finding.remedy = words.remedy.empty() ? time_limit_remedy(facts, experiment) : std::string(words.remedy);
  if (group.longest > 0) finding.numbers.push_back({"longest wait", seconds(group.longest), "s", group.of});
  if (group.of > 0) {
    const double share = 100.0 * static_cast<double>(group.count) / static_cast<double>(group.of);
    finding.numbers.push_back({"share of answers", share, "%", group.of});
  }
  if (words.outcome == Outcome::degraded) {
    finding.numbers.push_back({"median", millis(group.change), "ms more", group.of});
  }
  add_evidence(finding, group.evidence);
  return finding;
}

}  // namespace

std::vector<Finding> outcomes(const Facts& facts) {
  std::vector<Finding> findings;
  for (const Experiment& experiment : facts.experiments) {
    for (const Words& words : kWords) {
      const Group group = group_of(facts, experiment, words.outcome);
      if (group.journeys.empty()) continue;
      Finding finding = finding_of(facts, experiment, words, group);
      if (!finding.evidence.empty()) findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace pl::checks

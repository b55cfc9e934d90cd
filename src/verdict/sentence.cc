#include "verdict/sentence.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "facts/fault_words.h"
#include "facts/flows.h"

namespace pl::verdict {
namespace {

using facts::Cell;
using facts::Experiment;
using facts::Facts;
using facts::Finding;
using facts::Outcome;

/// What a product is to people who use the application; others go by their names.
struct Role {
  std::string_view product, role;
};
constexpr Role kRoles[] = {
    {"postgres", "the database"}, {"postgresql", "the database"},  {"mysql", "the database"},
    {"mariadb", "the database"},  {"model", "the model provider"},
};

bool said(const Cell& cell, Outcome outcome) {
  if (cell.state != Cell::State::decided) return false;
  return cell.headline == outcome ||
         std::ranges::any_of(cell.all, [&](const facts::OutcomeCount& one) { return one.outcome == outcome; });
}

std::int64_t target_of(const Facts& facts, const Experiment& experiment) {
  const bool edge = experiment.edge >= 0 && experiment.edge < static_cast<std::int64_t>(facts.topology.edges.size());
  return edge ? facts.topology.edges[static_cast<std::size_t>(experiment.edge)].to : experiment.component;
}

std::string_view role_of(const Facts& facts, const facts::Component& component) {
  std::vector<std::string> words{component.provided, component.product};
  for (const std::int64_t edge : facts::edges_to(facts.topology, component.id)) {
    words.push_back(facts.topology.edges[static_cast<std::size_t>(edge)].protocol);
  }
  for (const Role& row : kRoles) {
    if (std::ranges::find(words, row.product) != words.end()) return row.role;
  }
  return {};
}

/// "the database", unless there are two of them.
std::string name_of(const Facts& facts, std::int64_t id) {
  const auto& components = facts.topology.components;
  if (id < 0 || id >= static_cast<std::int64_t>(components.size())) return "a dependency";
  if (id == facts.topology.entry) return "the application";
  const facts::Component& component = components[static_cast<std::size_t>(id)];
  const std::string_view role = role_of(facts, component);
  const auto same = std::ranges::count_if(components, [&](const auto& other) { return role_of(facts, other) == role; });
  return role.empty() || same > 1 ? facts::plain_name(component) : std::string(role);
}

/// Who sees it, as the subject of a sentence, and the ending of its verb.
struct Who {
  std::string name, ending;
};

/// "every customer", "most customers" by the weight of their journeys, or the journeys that see it.
Who who_sees(const Facts& facts, const Experiment& experiment, Outcome outcome) {
  std::vector<std::string> names;
  double all = 0, seen = 0;
  std::size_t journeys = 0;
  for (const Cell& cell : experiment.cells) {
    if (cell.journey < 0 || cell.journey >= static_cast<std::int64_t>(facts.journeys.size())) continue;
    const record::JourneyDeclared& journey = facts.journeys[static_cast<std::size_t>(cell.journey)].declared;
    if (journey.health) continue;
    all += journey.weight;
    ++journeys;
    if (!said(cell, outcome)) continue;
    names.push_back(journey.name);
    seen += journey.weight;
  }
  if (names.empty() || names.size() == journeys) return {"every customer", "s"};
  if (names.size() == 1) return {"everybody who uses " + names[0], "s"};
  if (seen * 2 > all) return {"most customers", ""};
  if (names.size() == 2) return {fmt::format("everybody who uses {} or {}", names[0], names[1]), "s"};
  return {"some customers", ""};
}

std::string effect_of(const Facts& facts, const Experiment& experiment, Outcome outcome) {
  const auto [who, s] = who_sees(facts, experiment, outcome);
  Ns longest = 0;
  for (const Cell& cell : experiment.cells) {
    if (said(cell, outcome)) longest = std::max(longest, cell.longest_wait);
  }
  switch (outcome) {
    case Outcome::hangs:
      return fmt::format("{} wait{} until it is back ({:.1f} s seen)", who, s, seconds(longest));
    case Outcome::outage:
      return fmt::format("{} fail{} too, although that does not need it", who, s);
    case Outcome::crash:
      return "the application ends";
    case Outcome::no_recovery:
      return fmt::format("{} still fail{} after it is back", who, s);
    case Outcome::misleading:
      return fmt::format("{} get{} an answer that hides the failure", who, s);
    case Outcome::errors:
      return fmt::format("{} get{} errors for as long as it lasts", who, s);
    case Outcome::fail_open:
      return "a protection no longer protects";
    case Outcome::data_lost:
      return "writes are lost that had been acknowledged";
    default:
      return {};
  }
}

std::string without_marks(std::string text) {
  std::erase(text, '`');
  while (text.ends_with('.')) text.pop_back();
  return text;
}

/// "chaos.no_recovery" says the outcome "no recovery".
std::optional<Outcome> outcome_of(const std::string& check) {
  if (!check.starts_with("chaos.")) return std::nullopt;
  std::string word = check.substr(6);
  if (word == "fail_open") return Outcome::fail_open;
  std::ranges::replace(word, '_', ' ');
  return facts::outcome_by_word(word);
}

}  // namespace

std::string plain_words(const Facts& facts, const Finding& finding) {
  const std::string own = without_marks(finding.title);
  const std::optional<Outcome> outcome = outcome_of(finding.check);
  if (!outcome || finding.cells.empty()) return own;
  const auto experiment = std::ranges::find(facts.experiments, finding.cells.front(), &Experiment::key);
  if (experiment == facts.experiments.end()) return own;
  const std::string_view does = facts::fault_words(experiment->key, experiment->fault).plain;
  const std::string effect = effect_of(facts, *experiment, *outcome);
  if (does.empty() || effect.empty()) return own;
  const std::string who = name_of(facts, target_of(facts, *experiment));
  return fmt::format("When {} {}, {}", who, does, effect);
}

std::string worst_sentence(const Facts& facts, const std::vector<Finding>& findings) {
  std::string text;
  int more = -1;
  for (const Finding& finding : findings) {
    if (finding.severity != facts::Severity::blocking) continue;
    if (++more == 0) text = plain_words(facts, finding);
  }
  if (text.empty()) return text;
  if (more == 0) return text + ".";
  return text + (more == 1 ? ", and 1 more finding blocks." : fmt::format(", and {} more findings block.", more));
}

}  // namespace pl::verdict

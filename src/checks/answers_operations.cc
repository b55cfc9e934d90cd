#include <fmt/core.h>

#include <algorithm>

#include "checks/answers.h"
#include "checks/operations/lives.h"
#include "checks/operations/sight.h"
#include "checks/say/say.h"
#include "facts/flows.h"
#include "facts/program_name.h"

namespace pl::checks {
namespace {

using facts::Answer;
using facts::Facts;

std::string life_text(const Facts& facts, const std::string& product, const std::string& version) {
  const auto life = life_of(product, facts::short_version(version));
  if (!life) return version.empty() ? "version not announced" : facts::short_version(version);
  const bool over = facts.run.wall_time.substr(0, life->until.size()) > life->until;
  return fmt::format("{}, kept up {} {}", facts::short_version(version), over ? "only until" : "until", life->until);
}

}  // namespace

void answer_start(const Facts& facts, Answer& answer) {
  std::string text;
  std::vector<std::int64_t> evidence;
  for (const auto& drill : facts.drills) {
    if (drill.value.drill != "absent" || drill.value.result == "not decided") continue;
    facts::Experiment about;
    about.key = drill.value.key;
    about.component = drill.value.component;
    about.edge = drill.value.edge;
    text += fmt::format("{}without {} it {}", text.empty() ? "" : "; ", target_name(facts, about), drill.value.result);
    if (drill.value.status >= 0) text += fmt::format(" (status {})", drill.value.status);
    evidence.push_back(drill.id);
  }
  if (text.empty()) {
    answer.text = "The application was not started without one of its dependencies in this run.";
    return;
  }
  text[0] = 'W';
  give(answer, text + ".", evidence);
}

void answer_backup(const Facts& facts, Answer& answer) {
  constexpr std::string_view kYours =
      " How you make yours, how often, and where they lie is not declared and was not seen.";
  if (facts.backups.empty()) {
    answer.text = "None was made and read back in this run, which takes a throw-away PostgreSQL." + std::string(kYours);
    return;
  }
  const auto& tried = facts.backups.back();
  const record::BackupTried& seen = tried.value;
  if (!seen.failed.empty()) {
    return give(answer,
                fmt::format("No: {} could not be backed up and read back: {}.", seen.service, seen.failed) +
                    std::string(kYours),
                {tried.id});
  }
  const std::string rows = count_text(seen.rows, "row");
  const std::string whole =
      seen.missing == 0 ? "whole" : fmt::format("with {} of them missing or doubled", seen.missing);
  give(answer,
       fmt::format("A dump of {} ({} in {}, {:.1f} MB) took {} to make and {} to read back into an empty database, {}.",
                   seen.service, rows, count_text(seen.tables, "table"), static_cast<double>(seen.bytes) / 1e6,
                   time_text(seen.dumped), time_text(seen.restored), whole) +
           std::string(kYours),
       {tried.id});
}

void answer_infrastructure(const Facts& facts, Answer& answer) {
  std::vector<std::string> parts;
  std::vector<std::int64_t> evidence;
  for (const facts::Component& component : facts.topology.components) {
    if (component.product.empty() || component.id == facts.topology.entry || component.provided == "model") continue;
    if (!component.inside && component.provided.empty()) continue;
    // A throw-away service that the application did not use: `provide: auto` starts those too.
    if (!component.provided.empty() && facts::edges_to(facts.topology, component.id).empty()) continue;
    const std::string_view managed = managed_kind(component.product);
    std::string part =
        fmt::format("{} ({})", component.product, life_text(facts, component.product, component.version));
    if (!component.provided.empty()) part += " of proofload's own in this run, so which you run is yours to say";
    if (!managed.empty()) part += fmt::format(": {} would take it over", managed);
    parts.push_back(std::move(part));
    for (const std::int64_t id : facts::edges_to(facts.topology, component.id)) {
      const auto& frames = facts.topology.edges[static_cast<std::size_t>(id)].evidence;
      evidence.insert(evidence.end(), frames.begin(), frames.end());
    }
  }
  for (const auto& sender : facts.senders) {
    const record::SenderSeen& seen = sender.value;
    if (seen.product.empty() || seen.version.empty()) continue;
    const std::string part = fmt::format("{} ({})", seen.product, life_text(facts, seen.product, seen.version));
    if (std::find(parts.begin(), parts.end(), part) != parts.end()) continue;
    parts.push_back(part);
    evidence.push_back(sender.id);
  }
  if (parts.empty() || evidence.empty()) {
    answer.text = facts.ready ? "Nothing that runs beside the application announced a product on the wire."
                              : "The application did not get ready, so nothing was seen of what it runs on.";
    return;
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  give(answer, text + ". Backups, updates and standby of each are the work that it brings.", evidence);
}

void answer_sight(const Facts& facts, Answer& answer) {
  const Sight sight = sight_of(facts);
  if (!sight.watched && !sight.asked_metrics && sight.health_cells == 0) {
    answer.text = "The stage `probe` was not made in this run, and no health endpoint was judged.";
    return;
  }
  std::string text;
  if (!sight.health) {
    text = "Health: no endpoint among the journeys. ";
  } else if (sight.health_cells == 0) {
    text = "Health: an endpoint, not judged under faults. ";
  } else if (sight.misled > 0) {
    text = fmt::format("Health: an endpoint that stayed good in {} of {} while customers failed. ", sight.misled,
                       count_text(sight.health_cells, "experiment"));
  } else {
    text = fmt::format("Health: an endpoint that told the truth in {}. ", count_text(sight.health_cells, "experiment"));
  }
  text += !sight.watched     ? "Logs: not watched. "
          : sight.lines == 0 ? fmt::format("Logs: none ({} without a line). ", count_text(sight.answered, "request"))
          : sight.structured ? fmt::format("Logs: {}, structured. ", count_text(sight.lines, "line"))
                             : fmt::format("Logs: {}. ", count_text(sight.lines, "line"));
  text += !sight.asked_metrics ? "Metrics: not asked for. "
          : sight.metrics      ? "Metrics: at /metrics. "
                               : "Metrics: none at /metrics. ";
  text += sight.traced ? "Traces: outgoing requests carry them." : "Traces: none seen on outgoing requests.";
  give(answer, text, sight.evidence);
}

}  // namespace pl::checks

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "checks/answers.h"
#include "checks/architecture/capacity.h"
#include "checks/data/indices.h"
#include "checks/data/measured.h"
#include "checks/say/say.h"

namespace pl::checks {
namespace {

using facts::Answer;
using facts::Facts;

constexpr Ns kTooLong = kSec;     ///< A statement that takes as long makes customers wait.
constexpr double kChoked = 0.85;  ///< Cores at which one part is the choke point, as in architecture.capacity.
constexpr double kDay = 86'400;
constexpr double kYears = 10 * 365 * kDay;  ///< Further away than this is not told.
constexpr std::size_t kNamed = 4;

/// Why nothing is known of the database; empty where its statistics were read.
std::string closed(const Facts& facts) {
  for (const auto& seen : facts.databases) {
    if (!seen.value.closed.empty()) return "The database's statistics could not be read: " + seen.value.closed + ".";
    if (facts.plans.empty()) return "No statement of the application was seen by the database's statistics.";
    return {};
  }
  const bool postgres = std::any_of(facts.topology.components.begin(), facts.topology.components.end(),
                                    [](const facts::Component& one) { return one.product == "PostgreSQL"; });
  const bool own = std::any_of(facts.services.begin(), facts.services.end(),
                               [](const auto& one) { return one.value.name == "postgres"; });
  if (own) return "The stage `grow` was not made in this run.";
  return postgres ? "The server's statistics are open only to a throw-away server (`provide: postgres`)."
                  : "No PostgreSQL was seen; the statistics of other databases are not read yet.";
}

bool told_closed(const Facts& facts, Answer& answer) {
  answer.text = closed(facts);
  return !answer.text.empty();
}

/// The database is where the capacity ends, as the ladder of rates saw it.
bool database_chokes(const Facts& facts, std::vector<std::int64_t>& evidence) {
  const auto found = capacity_of(facts, false);
  if (!found || found->broken == 0 || found->limited_by_instrument) return false;
  const record::CapacityStep& step = found->step->value;
  for (const facts::Component& one : facts.topology.components) {
    const bool database = one.provided == "postgres" || one.product == "PostgreSQL";
    if (!database || facts::plain_name(one) != step.busiest || step.busiest_cores < kChoked) continue;
    evidence.insert(evidence.end(), found->evidence.begin(), found->evidence.end());
    return true;
  }
  return false;
}

std::string named(std::vector<std::string> names) {
  if (names.empty()) return "none";
  if (names.size() > kNamed) {
    const std::size_t more = names.size() - kNamed + 1;
    names.resize(kNamed - 1);
    names.push_back(fmt::format("{} more", more));
  }
  return list_text(names);
}

std::vector<std::int64_t> plan_frames(const Facts& facts) {
  std::vector<std::int64_t> frames;
  for (const auto& plan : facts.plans) frames.push_back(plan.id);
  return frames;
}

/// "3 hours", "12 days".
std::string far_text(double length) {
  if (length < 2 * 3600) return fmt::format("{:.0f} minutes", length / 60);
  return length < 2 * kDay ? fmt::format("{:.0f} hours", length / 3600) : fmt::format("{:.0f} days", length / kDay);
}

const GrowingTable* growing(const std::vector<GrowingTable>& tables, const std::string& name) {
  const auto at = std::find_if(tables.begin(), tables.end(), [&](const GrowingTable& one) { return one.name == name; });
  return at == tables.end() ? nullptr : &*at;
}

}  // namespace

// The rule: 1 where a statement on a growing table has no index or grows with the rows, 2 where indices serve all of
// them, 3 where moreover the database's processor is where the capacity ends. One machine cannot show the wall.
void answer_data_stage(const Facts& facts, Answer& answer) {
  if (told_closed(facts, answer)) return;
  const std::vector<GrowingTable> tables = growing_tables(facts);
  if (tables.empty()) {
    answer.state = Answer::State::inconclusive;
    answer.text = "No table grew in the steady load, so nothing tells data that are thrown in from data that are kept.";
    return;
  }
  const std::vector<MissingIndex> missing = missing_indices(facts);
  const std::vector<MeasuredStatement> measured = measured_statements(facts);
  const auto grow = std::count_if(measured.begin(), measured.end(), [](const auto& one) { return one.in_proportion; });
  std::vector<std::int64_t> evidence;
  for (const GrowingTable& table : tables) evidence.push_back(table.frame);
  for (const MissingIndex& one : missing) evidence.insert(evidence.end(), one.evidence.begin(), one.evidence.end());
  for (const MeasuredStatement& one : measured)
    evidence.insert(evidence.end(), one.evidence.begin(), one.evidence.end());
  if (!missing.empty() || grow > 0) {
    return give(answer,
                fmt::format("Stage 1, data thrown in: indices that are missing on tables that grow: {}; statements "
                            "that got slower in proportion to the rows: {} of {} measured.",
                            missing.size(), grow, measured.size()),
                evidence);
  }
  const std::string served =
      measured.empty() ? "indices serve every statement on tables that grow; how times grow was not measured"
                       : fmt::format(
                             "indices serve every statement on tables that grow, and none of {} got slower in "
                             "proportion to the rows",
                             count_text(static_cast<std::int64_t>(measured.size()), "measured statement"));
  if (database_chokes(facts, evidence)) {
    return give(
        answer,
        fmt::format("Stage 3, bigger hardware: {}; the database's processor is where the capacity ends.", served),
        evidence);
  }
  give(
      answer,
      fmt::format("Stage 2, indices: {}. Stages 3 (bigger hardware) and 4 (the wall) were not reached on this machine.",
                  served),
      evidence);
}

void answer_indices(const Facts& facts, Answer& answer) {
  if (told_closed(facts, answer)) return;
  std::vector<std::string> missing, unused, doubled;
  std::vector<std::int64_t> evidence = plan_frames(facts);
  for (const MissingIndex& one : missing_indices(facts)) missing.push_back(name_text(one));
  for (const SeenIndex* one : unused_indices(facts)) unused.push_back(one->value.name);
  for (const auto& pair : doubled_indices(facts)) doubled.push_back(pair.first->value.name);
  for (const SeenIndex& one : facts.indices) evidence.push_back(one.id);
  const auto failed = std::count_if(facts.plans.begin(), facts.plans.end(),
                                    [](const auto& plan) { return !plan.value.failed.empty(); });
  std::string text =
      fmt::format("Missing: {}; unused: {}; doubled: {}. {} were planned", named(missing), named(unused),
                  named(doubled), count_text(static_cast<std::int64_t>(facts.plans.size()), "statement"));
  if (failed > 0) text += fmt::format(", {} without success", failed);
  give(answer, text + ".", evidence);
}

void answer_growth(const Facts& facts, Answer& answer) {
  if (told_closed(facts, answer)) return;
  const std::vector<MeasuredStatement> measured = measured_statements(facts);
  std::vector<std::int64_t> evidence;
  std::vector<std::string> grow, why;
  for (const MeasuredStatement& one : measured) {
    evidence.insert(evidence.end(), one.evidence.begin(), one.evidence.end());
    if (!one.in_proportion) continue;
    grow.push_back(fmt::format("`{}` {:.1f} times as long with {:.1f} times the rows in {}", one.text, one.time_factor,
                               one.rows_factor, one.table));
  }
  for (const auto& grown : facts.grown) {
    if (grown.value.because == "it grew" && !grown.value.skipped.empty()) {
      why.push_back(fmt::format("{}: {}", grown.value.table, grown.value.skipped));
    }
  }
  if (measured.empty()) {
    answer.state = Answer::State::inconclusive;
    answer.text = why.empty() ? "No statement was called often enough on a table that grew."
                              : "The data could not be grown enough (" + list_text(why) + ").";
    return;
  }
  std::string text =
      grow.empty() ? fmt::format("None of {}: ", count_text(static_cast<std::int64_t>(measured.size()), "statement"))
                   : fmt::format("{} of {}: {}. ", grow.size(),
                                 count_text(static_cast<std::int64_t>(measured.size()), "statement"), named(grow));
  if (grow.empty()) {
    text += fmt::format("with {:.1f} times the rows no time grew in proportion to them. ", measured[0].rows_factor);
  }
  give(answer, text + "Measured on copies of the application's own rows, by the server's own counts.", evidence);
}

// From measured numbers only; what is beyond them is a straight line, so the answer is simulated.
void answer_easy_buttons(const Facts& facts, Answer& answer) {
  if (told_closed(facts, answer)) return;
  const std::vector<MeasuredStatement> measured = measured_statements(facts);
  if (measured.empty()) {
    answer.state = Answer::State::inconclusive;
    answer.text = "No growth was measured, and nothing is extrapolated from nothing.";
    return;
  }
  const std::vector<GrowingTable> tables = growing_tables(facts);
  std::vector<std::int64_t> evidence;
  const MeasuredStatement* first = nullptr;
  double first_rows = 0;
  for (const MeasuredStatement& one : measured) {
    evidence.insert(evidence.end(), one.evidence.begin(), one.evidence.end());
    if (!one.in_proportion) continue;
    const double rows = static_cast<double>(one.rows) * static_cast<double>(kTooLong) / static_cast<double>(one.after);
    if (first != nullptr && rows >= first_rows) continue;
    first = &one;
    first_rows = rows;
  }
  answer.evidence_class = facts::Evidence::simulated;
  std::string text = "Indices: no measured statement grows with the rows, so no end of them is in sight";
  if (first != nullptr) {
    text = fmt::format("Without indices: at {:.0f} rows in {} `{}` takes 1 s", first_rows, first->table, first->text);
    const GrowingTable* table = growing(tables, first->table);
    const double left = table == nullptr ? 0 : (first_rows - static_cast<double>(table->rows)) / table->per_second;
    if (left > 0 && left < kYears) text += fmt::format(", after {} at this run's load", far_text(left));
    text += " (a straight line through what was measured)";
  }
  const auto capacity = capacity_of(facts, false);
  std::vector<std::int64_t> choke;
  if (!capacity) {
    text += ". Bigger hardware: the capacity was not measured";
  } else if (database_chokes(facts, choke)) {
    text += fmt::format(". Bigger hardware: this machine's {} cores end at {:.0f} journeys per second", facts.run.cores,
                        capacity->held);
  } else {
    text += ". Bigger hardware: the database was not what gave out on this machine";
  }
  give(answer, text + ". Beyond that: not measured.", evidence);
  answer.evidence.insert(answer.evidence.end(), choke.begin(), choke.end());
}

void answer_sharding(const Facts& facts, Answer& answer) {
  if (told_closed(facts, answer)) return;
  std::map<std::string, std::int64_t> by_column;
  std::int64_t calls = 0;
  for (const auto& plan : facts.plans) {
    std::vector<std::string> columns;
    for (const std::string& name : plan.value.equal) {
      const std::size_t dot = name.rfind('.');
      const std::string column = name.substr(dot + 1);
      const bool known = std::find(columns.begin(), columns.end(), column) != columns.end();
      if (column != "id" && !known && is_growing(facts, name.substr(0, dot))) columns.push_back(column);
    }
    for (const auto& seen : facts.timed_statements) {
      if (seen.value.statement != plan.value.statement || seen.value.phase != "before") continue;
      const bool asks = std::any_of(plan.value.asked.begin(), plan.value.asked.end(), [&](const std::string& name) {
        return is_growing(facts, name.substr(0, name.rfind('.')));
      });
      if (asks) calls += seen.value.calls;
      for (const std::string& column : columns) by_column[column] += seen.value.calls;
    }
  }
  answer.text = "No plan is declared. ";
  const auto most = std::max_element(by_column.begin(), by_column.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == by_column.end() || most->second == 0) {
    answer.text += "Nothing suggests a key: no statement on tables that grow compares a column for equality.";
    return;
  }
  answer.text += fmt::format(
      "What was measured suggests `{}` as the key of shards: {} of {} on tables that grow "
      "compare it for equality. What the queries need first stands under the other questions.",
      most->first, most->second, count_text(calls, "call"));
}

}  // namespace pl::checks

#include "checks/data/measured.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace pl::checks {
namespace {

constexpr double kProportion = 0.7;  ///< Exponent of time over rows that counts as "in proportion".
constexpr double kBlocksProportion = 0.5;
constexpr double kSameAnswer = 1.5;  ///< More rows in an answer than this times before: another answer.
constexpr double kLeastFactor = 2;   ///< Of the rows, below which nothing is said.
constexpr std::int64_t kLeastCalls = 10;
constexpr Ns kLeastTime = 300'000;  ///< Of a call on the grown data; faster ones are of no concern.
constexpr std::size_t kTextBytes = 120;

const record::StatementTimed* seen_in(const facts::Facts& facts, std::int64_t statement, std::string_view phase,
                                      std::int64_t& frame) {
  for (const auto& seen : facts.timed_statements) {
    if (seen.value.statement != statement || seen.value.phase != phase) continue;
    frame = seen.id;
    return &seen.value;
  }
  return nullptr;
}

/// How the table's rows grew; 0 where they were not grown.
double factor_of(const facts::Facts& facts, const std::string& table, std::int64_t& rows, std::int64_t& frame) {
  for (const auto& grown : facts.grown) {
    if (grown.value.table != table || grown.value.before <= 0) continue;
    rows = grown.value.after;
    frame = grown.id;
    return static_cast<double>(grown.value.after) / static_cast<double>(grown.value.before);
  }
  return 0;
}

void measure(const facts::Facts& facts, const record::StatementPlanned& plan, std::vector<MeasuredStatement>& out) {
  std::int64_t before_frame = 0, after_frame = 0, grown_frame = 0;
  const auto* before = seen_in(facts, plan.statement, "before", before_frame);
  const auto* after = seen_in(facts, plan.statement, "after", after_frame);
  if (before == nullptr || after == nullptr || before->time <= 0 || after->time <= 0) return;
  MeasuredStatement one{.statement = plan.statement, .before = before->time, .after = after->time};
  for (const std::string& table : plan.tables) {
    if (!is_growing(facts, table)) continue;
    std::int64_t rows = 0, frame = 0;
    const double factor = factor_of(facts, table, rows, frame);
    if (factor <= one.rows_factor) continue;
    one.rows_factor = factor;
    one.table = table;
    one.rows = rows;
    grown_frame = frame;
  }
  one.calls = std::min(before->calls, after->calls);
  if (one.rows_factor < kLeastFactor || one.calls < kLeastCalls) return;
  one.text = statement_text(facts, plan.statement);
  one.time_factor = static_cast<double>(after->time) / static_cast<double>(before->time);
  const double rows = std::log(one.rows_factor);
  const double blocks = std::log(std::max(after->blocks, 1.0) / std::max(before->blocks, 1.0));
  const bool same_answer = after->rows <= kSameAnswer * std::max(before->rows, 1.0);
  one.in_proportion = std::log(one.time_factor) >= kProportion * rows && blocks >= kBlocksProportion * rows &&
                      same_answer && after->time >= kLeastTime;
  one.evidence = {before_frame, after_frame, grown_frame};
  out.push_back(std::move(one));
}

}  // namespace

std::vector<GrowingTable> growing_tables(const facts::Facts& facts) {
  std::vector<GrowingTable> tables;
  for (const auto& seen : facts.tables) {
    const record::TableSeen& table = seen.value;
    if (table.phase != "before" || table.inserted <= table.deleted) continue;
    const double length = std::max(seconds(table.length), 0.001);
    tables.push_back({table.table, table.rows, static_cast<double>(table.inserted - table.deleted) / length, seen.id});
  }
  return tables;
}

bool is_growing(const facts::Facts& facts, const std::string& table) {
  return std::any_of(facts.tables.begin(), facts.tables.end(), [&](const auto& seen) {
    return seen.value.table == table && seen.value.phase == "before" && seen.value.inserted > seen.value.deleted;
  });
}

std::vector<MeasuredStatement> measured_statements(const facts::Facts& facts) {
  std::vector<MeasuredStatement> out;
  for (const auto& plan : facts.plans) measure(facts, plan.value, out);
  std::stable_sort(out.begin(), out.end(), [](const MeasuredStatement& a, const MeasuredStatement& b) {
    return a.in_proportion != b.in_proportion ? a.in_proportion : a.time_factor > b.time_factor;
  });
  return out;
}

std::string statement_text(const facts::Facts& facts, std::int64_t statement) {
  std::int64_t frame = 0;
  const auto* seen = seen_in(facts, statement, "before", frame);
  if (seen == nullptr) seen = seen_in(facts, statement, "after", frame);
  if (seen == nullptr) return fmt::format("statement {}", statement);
  return seen->text.size() <= kTextBytes ? seen->text : std::string(beginning(seen->text, kTextBytes)) + " ...";
}

}  // namespace pl::checks

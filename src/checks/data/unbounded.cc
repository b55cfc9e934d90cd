#include "checks/data/unbounded.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "checks/say/say.h"
#include "checks/say/statement.h"

namespace pl::checks {
namespace {

constexpr std::size_t kQuarters = 4;
constexpr std::size_t kSeconds = 8;  ///< In which a statement must have run.
constexpr std::int64_t kExecutions = 20;
constexpr std::int64_t kRows = 100;  ///< A page of this size is read by nobody.
constexpr double kRose = 1.2, kRoseBy = 20;

/// Rows per execution in each quarter of the seconds in which the statement ran.
std::array<double, kQuarters> quarters(const facts::Statement& statement) {
  std::array<double, kQuarters> rows{}, executions{};
  std::size_t place = 0;
  for (const auto& [second, counts] : statement.by_second) {
    const std::size_t quarter = place++ * kQuarters / statement.by_second.size();
    rows[quarter] += static_cast<double>(counts.rows);
    executions[quarter] += static_cast<double>(counts.executions - counts.errors);
  }
  for (std::size_t i = 0; i < kQuarters; ++i) rows[i] = executions[i] > 0 ? rows[i] / executions[i] : 0;
  return rows;
}

}  // namespace

std::vector<Unbounded> unbounded_statements(const facts::Facts& facts) {
  std::vector<Unbounded> found;
  for (std::size_t i = 0; i < facts.statements.size(); ++i) {
    const facts::Statement& statement = facts.statements[i];
    const record::StatementSeen& seen = statement.seen;
    if (seen.kind != "select" || seen.limited || seen.aggregate || statement.all.most_rows < kRows) continue;
    if (statement.by_second.size() < kSeconds || statement.all.executions < kExecutions) continue;
    const auto rows = quarters(statement);
    const bool rose = rows.back() >= kRose * rows.front() && rows.back() - rows.front() >= kRoseBy;
    if (rose && std::ranges::is_sorted(rows))
      found.push_back({static_cast<std::int64_t>(i), rows.front(), rows.back()});
  }
  return found;
}

std::vector<facts::Finding> unbounded(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const Unbounded& one : unbounded_statements(facts)) {
    const facts::Statement& statement = facts.statements[static_cast<std::size_t>(one.statement)];
    const std::string edge = edge_name(facts, statement.edge);
    facts::Finding finding =
        begin_finding("data.unbounded", facts::Checkpoint::data,
                      fmt::format("{}: {}", edge, statement.seen.fingerprint), facts::Severity::warning);
    finding.subject = fmt::format("answers of {}", edge);
    finding.title = fmt::format("An answer of {} grows with the data: `{}` gave up to {}.", edge, text_of(statement),
                                count_text(statement.all.most_rows, "row"));
    finding.why = fmt::format(
        "It has no LIMIT, and went from {:.0f} rows per execution to {:.0f} in this run alone. After a year of "
        "customers it is slower than anybody waits, and fills the application's memory.",
        one.first, one.last);
    finding.remedy = "Give it a LIMIT and a page: `WHERE id < $1 ORDER BY id DESC LIMIT 50`";
    finding.numbers = {
        {"most rows of one execution", static_cast<double>(statement.all.most_rows), "", statement.all.executions}};
    finding.command = repeat_command(facts, "");
    add_evidence(finding, {statement.frame});
    add_evidence(finding, statement.frames);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

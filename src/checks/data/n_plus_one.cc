#include "checks/data/n_plus_one.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "checks/say/say.h"
#include "checks/say/statement.h"

namespace pl::checks {
namespace {

using facts::Facts;
using facts::StatementTrace;

constexpr std::int64_t kOften = 3;       ///< Executions in one iteration.
constexpr std::int64_t kOftenFixed = 8;  ///< Where each iteration has the same number.
constexpr std::size_t kRounds = 3;       ///< Iterations that are needed.
constexpr std::size_t kRoundsAlone = 4;  ///< Where no rows explain the number.
constexpr std::int64_t kTolerance = 20;  ///< Percent by which executions may differ from rows.
constexpr std::int64_t kAgree = 80;      ///< Percent of the iterations that must agree.

/// What one statement did in one iteration after the other.
struct Series {
  std::vector<std::int64_t> executions, rows;
};

/// The traces of one journey, by round.
struct Journey {
  std::map<std::int64_t, Series> statements;
  std::vector<std::int64_t> frames;
  std::size_t rounds = 0;
};

std::map<std::int64_t, Journey> by_journey(const Facts& facts) {
  std::map<std::int64_t, Journey> journeys;
  for (const StatementTrace& trace : facts.traces) {
    Journey& journey = journeys[trace.journey];
    for (const StatementTrace::Part& part : trace.parts) {
      Series& series = journey.statements[part.statement];
      series.executions.resize(journey.rounds + 1);
      series.rows.resize(journey.rounds + 1);
      series.executions.back() += part.executions;
      series.rows.back() += part.rows;
    }
    ++journey.rounds;
    journey.frames.insert(journey.frames.end(), trace.frames.begin(), trace.frames.end());
  }
  for (auto& [id, journey] : journeys) {
    for (auto& [statement, series] : journey.statements) {
      series.executions.resize(journey.rounds);
      series.rows.resize(journey.rounds);
    }
  }
  return journeys;
}

/// Statements that a program repeats by itself: not those of transactions and sessions, nor batches.
bool can_repeat(const Facts& facts, std::int64_t statement) {
  static const std::set<std::string> kKinds{"select", "insert", "update", "delete", "merge"};
  return kKinds.contains(facts.statements.at(static_cast<std::size_t>(statement)).seen.kind);
}

/// In each iteration the one was executed about as often as the other one had rows, and the other one less often.
bool follows(const Series& one, const Series& other) {
  std::size_t agree = 0, often = 0;
  for (std::size_t i = 0; i < one.executions.size(); ++i) {
    const std::int64_t count = one.executions[i], rows = other.rows[i];
    if (std::abs(count - rows) * 100 > kTolerance * std::max<std::int64_t>(rows, 1)) continue;
    if (count >= kOften && other.executions[i] >= count) continue;
    ++agree;
    often += count >= kOften ? 1 : 0;
  }
  return often > 0 && agree * 100 >= static_cast<std::size_t>(kAgree) * one.executions.size();
}

/// Never less often than in the iteration before, and at last clearly more often than at first.
bool grows(const std::vector<std::int64_t>& counts) {
  if (counts.size() < kRoundsAlone || !std::ranges::is_sorted(counts)) return false;
  const std::set<std::int64_t> different(counts.begin(), counts.end());
  return static_cast<std::int64_t>(different.size()) >= kOften && counts.back() >= std::max(kOften, counts.front() + 2);
}

facts::Finding describe(const Facts& facts, const Repetition& repetition) {
  const std::string journey = journeys_text(facts, {repetition.journey});
  const facts::Statement& statement = facts.statements[static_cast<std::size_t>(repetition.statement)];
  const std::int64_t most = *std::ranges::max_element(repetition.executions);
  facts::Finding finding =
      begin_finding("data.n_plus_one", facts::Checkpoint::data,
                    fmt::format("{}: {}", journey, statement.seen.fingerprint), facts::Severity::warning);
  finding.subject = fmt::format("{} on {}", journey, edge_name(facts, statement.edge));
  finding.title = fmt::format("{} asks {} the same again and again: {} in one iteration, for `{}`.", journey,
                              edge_name(facts, statement.edge), count_text(most, "execution"), text_of(statement));
  if (repetition.of_rows >= 0) {
    const facts::Statement& rows = facts.statements[static_cast<std::size_t>(repetition.of_rows)];
    finding.why = fmt::format("It is executed once for each row of `{}`", text_of(rows));
  } else {
    finding.why = "It is executed more often the more its user owns";
  }
  std::vector<std::string> counts;
  for (const std::int64_t count : repetition.executions) counts.push_back(std::to_string(count));
  finding.why += fmt::format(
      ": {} times in the iterations of one user. Each is a round trip, so customers wait longer "
      "with everything they keep.",
      list_text(counts));
  finding.remedy = "Fetch what belongs to all rows by one statement: a join, a sub-query, or `= ANY($1)` with all ids";
  finding.numbers = {{"executions per iteration", static_cast<double>(most), "",
                      static_cast<std::int64_t>(repetition.executions.size())}};
  finding.command = repeat_command(facts, "");
  add_evidence(finding, {statement.frame});
  add_evidence(finding, repetition.frames);
  return finding;
}

}  // namespace

std::vector<Repetition> repetitions(const Facts& facts) {
  std::vector<Repetition> found;
  for (const auto& [id, journey] : by_journey(facts)) {
    if (journey.rounds < kRounds) continue;
    for (const auto& [statement, series] : journey.statements) {
      const auto [least, most] = std::ranges::minmax(series.executions);
      if (!can_repeat(facts, statement) || most < kOften) continue;
      Repetition repetition{id, statement, -1, series.executions, journey.frames};
      for (const auto& [other, rows] : journey.statements) {
        const bool varies = most > least || most >= kOftenFixed;
        if (other != statement && varies && follows(series, rows)) repetition.of_rows = other;
      }
      if (repetition.of_rows >= 0 || grows(series.executions)) found.push_back(std::move(repetition));
    }
  }
  return found;
}

std::vector<facts::Finding> n_plus_one(const Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const Repetition& repetition : repetitions(facts)) findings.push_back(describe(facts, repetition));
  return findings;
}

}  // namespace pl::checks

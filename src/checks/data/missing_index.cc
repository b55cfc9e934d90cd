#include "checks/data/missing_index.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/data/measured.h"
#include "checks/say/say.h"

namespace pl::checks {
namespace {

/// How the slowest of the statements grew; empty where none was measured.
std::string growth_text(const facts::Facts& facts, const MissingIndex& missing) {
  for (const MeasuredStatement& one : measured_statements(facts)) {
    const bool ours =
        std::find(missing.statements.begin(), missing.statements.end(), one.statement) != missing.statements.end();
    if (!ours || !one.in_proportion) continue;
    return fmt::format(" With {:.1f} times the rows a call took {:.1f} times as long ({:.2f} ms to {:.2f} ms).",
                       one.rows_factor, one.time_factor, millis(one.before), millis(one.after));
  }
  return {};
}

/// The foreign key's own check speaks of these.
bool said_elsewhere(const facts::Facts& facts, const MissingIndex& missing) {
  return std::any_of(facts.foreign_keys.begin(), facts.foreign_keys.end(),
                     [&](const auto& seen) { return !seen.value.indexed && serves(missing, seen.value); });
}

}  // namespace

std::vector<facts::Finding> missing_index(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const MissingIndex& missing : missing_indices(facts)) {
    if (said_elsewhere(facts, missing)) continue;
    facts::Finding finding =
        begin_finding("data.missing_index", facts::Checkpoint::data, name_text(missing), facts::Severity::warning);
    finding.title =
        fmt::format("No index serves {}: {} all of a table that grows.", name_text(missing),
                    missing.statements.size() == 1
                        ? "a statement reads"
                        : count_text(static_cast<std::int64_t>(missing.statements.size()), "statement") + " read");
    finding.why = fmt::format(
        "`{}` was called {} in the steady load; even told to avoid it, the database reads the table "
        "from end to end.{}",
        statement_text(facts, missing.statements[0]), count_text(missing.calls, "time"), growth_text(facts, missing));
    finding.remedy = create_text(missing);
    finding.numbers = {{"calls", static_cast<double>(missing.calls), "", 1}};
    finding.command = repeat_command(facts, kGrowthKey);
    add_evidence(finding, missing.evidence);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

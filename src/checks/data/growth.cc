#include "checks/data/growth.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/data/measured.h"
#include "checks/say/say.h"

namespace pl::checks {
namespace {

std::string remedy_of(const std::vector<MissingIndex>& missing, std::int64_t statement) {
  for (const MissingIndex& one : missing) {
    if (std::find(one.statements.begin(), one.statements.end(), statement) != one.statements.end()) {
      return create_text(one);
    }
  }
  return "Give it an index that leads to the rows of its answer, or keep what it counts; read no more than is shown";
}

}  // namespace

std::vector<facts::Finding> data_growth(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  const std::vector<MissingIndex> missing = missing_indices(facts);
  for (const MeasuredStatement& one : measured_statements(facts)) {
    if (!one.in_proportion) continue;
    facts::Finding finding = begin_finding("data.growth", facts::Checkpoint::data, one.text, facts::Severity::warning);
    finding.title = fmt::format("With {:.1f} times the rows in {}, a statement takes {:.1f} times as long.",
                                one.rows_factor, one.table, one.time_factor);
    finding.why = fmt::format(
        "`{}` took {:.2f} ms and then {:.2f} ms on {} rows, for an answer of the same size: it reads more with every "
        "row that customers add.",
        one.text, millis(one.before), millis(one.after), one.rows);
    finding.remedy = remedy_of(missing, one.statement);
    finding.numbers = {{"time before", millis(one.before), "ms", one.calls},
                       {"time after", millis(one.after), "ms", one.calls},
                       {"rows", one.rows_factor, "times", 1}};
    finding.command = repeat_command(facts, kGrowthKey);
    add_evidence(finding, one.evidence);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

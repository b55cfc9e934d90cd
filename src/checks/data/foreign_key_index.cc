#include "checks/data/foreign_key_index.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "checks/data/measured.h"
#include "checks/say/say.h"

namespace pl::checks {
namespace {

bool loses_rows(const facts::Facts& facts, const std::string& table) {
  return std::any_of(facts.tables.begin(), facts.tables.end(),
                     [&](const auto& seen) { return seen.value.table == table && seen.value.ever_deleted > 0; });
}

}  // namespace

std::vector<facts::Finding> foreign_key_index(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  const std::vector<MissingIndex> missing = missing_indices(facts);
  for (const auto& seen : facts.foreign_keys) {
    const record::ForeignKeySeen& key = seen.value;
    if (key.indexed || key.columns.empty() || !is_growing(facts, key.table)) continue;
    const auto asked =
        std::find_if(missing.begin(), missing.end(), [&](const MissingIndex& one) { return serves(one, key); });
    const bool deleted = loses_rows(facts, key.parent);
    if (asked == missing.end() && !deleted) continue;
    const std::string name = fmt::format("{} ({})", key.table, fmt::join(key.columns, ", "));
    facts::Finding finding =
        begin_finding("data.foreign_key_index", facts::Checkpoint::data, name, facts::Severity::warning);
    finding.title = fmt::format("No index serves the foreign key {}, which refers to {}, and {} grows.", name,
                                key.parent, key.table);
    if (asked != missing.end()) {
      finding.why =
          fmt::format("`{}` and its like were called {} in the steady load and read all of {}.",
                      statement_text(facts, asked->statements[0]), count_text(asked->calls, "time"), key.table);
      add_evidence(finding, asked->evidence);
    }
    if (deleted) {
      finding.why += fmt::format("{}Each row that is deleted from {} reads all of {}.", finding.why.empty() ? "" : " ",
                                 key.parent, key.table);
    }
    finding.remedy = create_text({.table = key.table, .columns = key.columns});
    finding.command = repeat_command(facts, kGrowthKey);
    add_evidence(finding, {seen.id});
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

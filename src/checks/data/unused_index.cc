#include "checks/data/unused_index.h"

#include <fmt/core.h>

#include "checks/data/indices.h"
#include "checks/data/measured.h"
#include "checks/say/say.h"

namespace pl::checks {

std::vector<facts::Finding> unused_index(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const auto* seen : unused_indices(facts)) {
    const record::IndexSeen& index = seen->value;
    facts::Finding finding = begin_finding("data.unused_index", facts::Checkpoint::data, index.table + " " + index.name,
                                           facts::Severity::note);
    finding.title = fmt::format("Nothing used the index {} of {} in this run.", index.name, index.table);
    finding.why = fmt::format(
        "No statement asks for what it begins with, and no foreign key needs it; each write to {} pays for it.",
        index.table);
    finding.remedy =
        fmt::format("Where production's pg_stat_user_indexes agrees: DROP INDEX CONCURRENTLY {}", index.name);
    finding.numbers = {{"size", static_cast<double>(index.bytes), "bytes", 1}};
    finding.command = repeat_command(facts, kGrowthKey);
    add_evidence(finding, {seen->id});
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

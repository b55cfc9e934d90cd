#include "checks/data/doubled_index.h"

#include <fmt/core.h>

#include "checks/data/indices.h"
#include "checks/data/measured.h"
#include "checks/say/say.h"

namespace pl::checks {

std::vector<facts::Finding> doubled_index(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const auto& [needless, by] : doubled_indices(facts)) {
    const record::IndexSeen& index = needless->value;
    facts::Finding finding = begin_finding("data.doubled_index", facts::Checkpoint::data,
                                           index.table + " " + index.name, facts::Severity::warning);
    finding.title =
        fmt::format("The index {} of {} is doubled: {} begins alike.", index.name, index.table, by->value.name);
    finding.why = fmt::format("Whatever it serves {} serves too, and each write to {} pays for both.", by->value.name,
                              index.table);
    finding.remedy = fmt::format("DROP INDEX CONCURRENTLY {}", index.name);
    finding.numbers = {{"size", static_cast<double>(index.bytes), "bytes", 1}};
    finding.command = repeat_command(facts, kGrowthKey);
    add_evidence(finding, {needless->id, by->id});
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

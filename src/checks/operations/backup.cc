#include "checks/operations/backup.h"

#include <fmt/core.h>

#include "checks/say/say.h"

namespace pl::checks {

std::vector<facts::Finding> backup(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  for (const auto& tried : facts.backups) {
    const record::BackupTried& seen = tried.value;
    if (seen.failed.empty() && seen.missing == 0) continue;
    facts::Finding finding =
        begin_finding("operations.backup", facts::Checkpoint::operations, seen.service, facts::Severity::warning);
    finding.title = seen.failed.empty() ? fmt::format("A backup of {} that was read back differs by {} of {}.",
                                                      seen.service, seen.missing, count_text(seen.rows, "row"))
                                        : fmt::format("A backup of {} could not be made and read back.", seen.service);
    finding.why = "A backup is worth what can be read back of it." +
                  (seen.failed.empty() ? std::string() : " It says: " + seen.failed);
    finding.remedy =
        fmt::format("Read a backup of {} back into an empty database, and mend what stops it", seen.service);
    finding.command = repeat_command(facts, "");
    finding.evidence = {tried.id};
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

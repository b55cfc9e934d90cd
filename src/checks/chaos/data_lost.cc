#include "checks/chaos/data_lost.h"

#include <fmt/core.h>

#include <map>
#include <set>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

struct Count {
  std::int64_t read = 0, missing = 0, doubled = 0;
  std::vector<std::int64_t> evidence;
};

const facts::Experiment* experiment_of(const facts::Facts& facts, const std::string& key) {
  for (const facts::Experiment& experiment : facts.experiments) {
    if (experiment.key == key) return &experiment;
  }
  return nullptr;
}

facts::Finding finding_of(const facts::Facts& facts, const std::string& occasion, std::int64_t journey,
                          const Count& count) {
  const facts::Experiment* experiment = experiment_of(facts, occasion);
  const std::string who = journeys_text(facts, {journey});
  facts::Finding finding =
      experiment != nullptr
          ? begin_finding(facts, "chaos.data_lost", *experiment, facts::Severity::blocking)
          : begin_finding("chaos.data_lost", facts::Checkpoint::chaos, "writes of " + who, facts::Severity::blocking);
  if (finding.command.empty()) finding.command = repeat_command(facts, "");
  const std::string after =
      experiment != nullptr ? when_text(facts, *experiment) : std::string("At the end of the run");
  finding.title = fmt::format("{}, {} of {} of {} that were acknowledged {} when they are read back.", after,
                              count.missing + count.doubled, count_text(count.read, "write"), who,
                              count.doubled == 0   ? "are missing"
                              : count.missing == 0 ? "are there twice"
                                                   : "are missing or there twice");
  finding.why = "Customers were told that these were kept.";
  finding.remedy = "Acknowledge a write only after the database has committed it, and make a repeated write harmless";
  finding.numbers = {{"missing", static_cast<double>(count.missing), "", count.read},
                     {"doubled", static_cast<double>(count.doubled), "", count.read}};
  add_evidence(finding, count.evidence);
  return finding;
}

}  // namespace

std::vector<facts::Finding> data_lost(const facts::Facts& facts) {
  // Only where writing and reading back was proved to work with nothing broken.
  std::set<std::int64_t> proved;
  std::map<std::pair<std::string, std::int64_t>, Count> counts;
  for (const auto& write : facts.writes) {
    if (write.value.result == "found" && write.value.occasion == "steady") proved.insert(write.value.journey);
    if (write.value.occasion == "steady" || write.value.result == "not readable") continue;
    Count& count = counts[{write.value.occasion, write.value.journey}];
    ++count.read;
    count.missing += write.value.result == "missing";
    count.doubled += write.value.result == "doubled";
    if (write.value.result != "found") count.evidence.push_back(write.id);
  }
  std::vector<facts::Finding> findings;
  for (const auto& [where, count] : counts) {
    if (!proved.contains(where.second) || count.evidence.empty()) continue;
    findings.push_back(finding_of(facts, where.first, where.second, count));
  }
  return findings;
}

}  // namespace pl::checks

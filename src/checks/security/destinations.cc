#include "checks/security/destinations.h"

#include <fmt/core.h>

#include <map>

#include "checks/say/say.h"

namespace pl::checks {

std::vector<facts::Finding> destinations(const facts::Facts& facts) {
  struct Tries {
    std::map<std::string, int> places;
    std::vector<std::int64_t> evidence;
  };
  std::map<std::string, Tries> by_program;
  for (const auto& refused : facts.refused) {
    Tries& tries = by_program[refused.value.program.empty() ? "a program" : refused.value.program];
    const record::DestinationRefused& seen = refused.value;
    const bool tcp = seen.transport == "tcp";
    ++tries.places[fmt::format("{}:{}{}", seen.address, seen.port, tcp ? "" : " (" + seen.transport + ")")];
    tries.evidence.push_back(refused.id);
  }
  std::vector<facts::Finding> findings;
  for (const auto& [program, tries] : by_program) {
    constexpr std::size_t kNamed = 5;
    std::vector<std::string> places;
    for (const auto& [place, count] : tries.places) {
      if (places.size() < kNamed) places.push_back(place);
    }
    if (tries.places.size() > kNamed) places.push_back(fmt::format("{} more", tries.places.size() - kNamed));
    facts::Finding finding =
        begin_finding("security.destinations", facts::Checkpoint::security, program, facts::Severity::note);
    finding.title =
        fmt::format("{} tried to reach {}, outside the sandbox, and was refused.", program, list_text(places));
    finding.why = "What goes out is part of the attack surface; what it was for could not be tested.";
    finding.remedy = fmt::format("Name under `egress:` what {} really needs, and switch the rest off", program);
    finding.numbers.push_back({"attempts", static_cast<double>(tries.evidence.size()), "", 1});
    finding.command = repeat_command(facts, "");
    add_evidence(finding, tries.evidence);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

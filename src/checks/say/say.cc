#include "checks/say/say.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/sha256.h"
#include "facts/fault_words.h"
#include "facts/flows.h"
#include "facts/trial_frames.h"

namespace pl::checks {
namespace {

constexpr std::size_t kEvidence = 40;      ///< Frames that one finding names.
constexpr std::size_t kJourneysNamed = 3;  ///< More are counted.
constexpr std::size_t kFingerprint = 16;   ///< Hexadecimal digits.

}  // namespace

std::string time_text(Ns time) {
  return time < kSec ? fmt::format("{:.0f} ms", millis(time)) : fmt::format("{:.1f} s", seconds(time));
}

std::string list_text(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  }
  return text;
}

std::string count_text(std::int64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string journeys_text(const facts::Facts& facts, const std::vector<std::int64_t>& journeys) {
  std::vector<std::string> names;
  for (const std::int64_t id : journeys) {
    const bool known = id >= 0 && id < static_cast<std::int64_t>(facts.journeys.size());
    names.push_back(
        fmt::format("`{}`", known ? facts.journeys[static_cast<std::size_t>(id)].declared.name : std::to_string(id)));
  }
  if (names.size() > kJourneysNamed) {
    const std::size_t more = names.size() - kJourneysNamed + 1;
    names.resize(kJourneysNamed - 1);
    names.push_back(fmt::format("{} more", more));
  }
  return list_text(names);
}

std::string target_name(const facts::Facts& facts, const facts::Experiment& experiment) {
  const facts::Topology& topology = facts.topology;
  if (experiment.edge >= 0 && experiment.edge < static_cast<std::int64_t>(topology.edges.size())) {
    return topology.edges[static_cast<std::size_t>(experiment.edge)].name;
  }
  if (experiment.component >= 0 && experiment.component < static_cast<std::int64_t>(topology.components.size())) {
    return facts::plain_name(topology.components[static_cast<std::size_t>(experiment.component)]);
  }
  std::vector<std::string> names;
  for (const std::int64_t edge : experiment.edges) {
    if (edge < static_cast<std::int64_t>(topology.edges.size())) {
      names.push_back(topology.edges[static_cast<std::size_t>(edge)].name);
    }
  }
  return names.empty() ? experiment.key : list_text(names);
}

std::string when_text(const facts::Facts& facts, const facts::Experiment& experiment) {
  const std::string name = target_name(facts, experiment);
  return fmt::format("When {} {}", name, facts::fault_words(experiment.key, experiment.fault).does);
}

std::string subject_text(const facts::Facts& facts, const facts::Experiment& experiment) {
  const std::string name = target_name(facts, experiment);
  return fmt::format("{} {}", name, facts::fault_words(experiment.key, experiment.fault).heading);
}

std::string protocol_of(const facts::Facts& facts, const facts::Experiment& experiment) {
  std::vector<std::int64_t> edges = facts::edges_to(facts.topology, experiment.component);
  if (experiment.edge >= 0 && experiment.edge < static_cast<std::int64_t>(facts.topology.edges.size())) {
    edges = {experiment.edge};
  }
  for (const std::int64_t id : edges) {
    const std::string& protocol = facts.topology.edges[static_cast<std::size_t>(id)].protocol;
    if (!protocol.empty()) return protocol;
  }
  return {};
}

std::string time_limit_remedy(const facts::Facts& facts, const facts::Experiment& experiment) {
  const std::string name = target_name(facts, experiment), protocol = protocol_of(facts, experiment);
  std::string how = "a time limit of a few seconds on connecting and on each call";
  if (protocol == "postgres" || protocol == "mysql") {
    how = "a time limit on connecting, on each query in the client and on waiting for the pool, of about 2 s";
  }
  if (protocol == "redis")
    how = "a time limit on connecting and on each command, of well below 1 s where it is a cache";
  return fmt::format("Give calls to {} {}, and answer 503 with Retry-After when it passes", name, how);
}

std::string repeat_command(const facts::Facts& facts, const std::string& key) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:";
  const std::string& name = facts.run.name;
  const bool plain = !name.empty() && name[0] != '-' && name.find_first_not_of(kPlain) == std::string::npos;
  if (!key.empty() && plain) return fmt::format("proofload repeat {} {}", name, key);
  const std::string& arguments = facts.run.repeat;
  std::string command = "proofload run";
  if (!key.empty()) command += " --only " + key;
  return arguments.empty() ? command : command + " " + arguments;
}

facts::Finding begin_finding(std::string check, facts::Checkpoint checkpoint, std::string subject,
                             facts::Severity severity) {
  facts::Finding finding;
  finding.fingerprint = to_hex(sha256(fmt::format("{}\n{}\n{}", check, facts::checkpoint_word(checkpoint), subject)))
                            .substr(0, kFingerprint);
  finding.check = std::move(check);
  finding.checkpoint = checkpoint;
  finding.subject = std::move(subject);
  finding.severity = severity;
  return finding;
}

facts::Finding begin_finding(const facts::Facts& facts, std::string check, const facts::Experiment& experiment,
                             facts::Severity severity) {
  facts::Finding finding =
      begin_finding(std::move(check), facts::Checkpoint::chaos, subject_text(facts, experiment), severity);
  finding.cells = {experiment.key};
  finding.command = repeat_command(facts, experiment.key);
  add_evidence(finding, facts::trial_frames(facts, experiment));
  return finding;
}

void add_evidence(facts::Finding& finding, const std::vector<std::int64_t>& frames) {
  for (const std::int64_t frame : frames) {
    if (finding.evidence.size() >= kEvidence) return;
    const bool known = std::find(finding.evidence.begin(), finding.evidence.end(), frame) != finding.evidence.end();
    if (!known) finding.evidence.push_back(frame);
  }
}

bool holds(const facts::Cell& cell, facts::Outcome outcome) {
  if (cell.state != facts::Cell::State::decided) return false;
  if (cell.headline == outcome) return true;
  return std::any_of(cell.all.begin(), cell.all.end(), [&](const auto& row) { return row.outcome == outcome; });
}

}  // namespace pl::checks

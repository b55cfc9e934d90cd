#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "facts/facts.h"
#include "facts/finding.h"

/// The words that all checks use for times, journeys and faults, and how a finding is begun.
namespace pl::checks {

/// What `--only` calls the questions outside the load.
inline constexpr const char* kProbeKey = "security.probe";

/// "12.3 s", "480 ms".
std::string time_text(Ns time);
/// "`ask`", "`ask` and `browse`", "`a`, `b` and 3 more".
std::string journeys_text(const facts::Facts& facts, const std::vector<std::int64_t>& journeys);
/// "a", "a and b", "a, b and c".
std::string list_text(const std::vector<std::string>& words);
/// "1 answer", "2 answers".
std::string count_text(std::int64_t count, std::string_view one);

/// Name of the faulted component or edge, without its version.
std::string target_name(const facts::Facts& facts, const facts::Experiment& experiment);
/// "When postgres is frozen": the fault as the beginning of a sentence.
std::string when_text(const facts::Facts& facts, const facts::Experiment& experiment);
/// "postgres frozen": the fault as a heading.
std::string subject_text(const facts::Facts& facts, const facts::Experiment& experiment);
/// "postgres", "redis", "http" ... of the faulted edge, or of the edges to the faulted component; empty if unknown.
std::string protocol_of(const facts::Facts& facts, const facts::Experiment& experiment);
/// What to do so that a call to the target does not wait for ever.
std::string time_limit_remedy(const facts::Facts& facts, const facts::Experiment& experiment);

/// The command that repeats one experiment of this run.
std::string repeat_command(const facts::Facts& facts, const std::string& key);

/// A finding with its fingerprint; the caller adds words, numbers and evidence.
facts::Finding begin_finding(std::string check, facts::Checkpoint checkpoint, std::string subject,
                             facts::Severity severity);
/// A finding that rests on an experiment: its key, its trials as evidence and the command.
facts::Finding begin_finding(const facts::Facts& facts, std::string check, const facts::Experiment& experiment,
                             facts::Severity severity);
/// Adds frames that are not there yet, up to a limit.
void add_evidence(facts::Finding& finding, const std::vector<std::int64_t>& frames);

/// Whether the outcome holds in the cell.
bool holds(const facts::Cell& cell, facts::Outcome outcome);

}  // namespace pl::checks

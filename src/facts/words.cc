#include "facts/words.h"

#include "base/assert.h"

namespace pl::facts {
namespace {

constexpr OutcomeRow kOutcomes[] = {
    {Outcome::unaffected, "unaffected", "the same answers, as fast as before", false},
    {Outcome::degraded, "degraded", "the same answers, slower", false},
    {Outcome::graceful, "graceful", "an honest refusal or another useful answer", false},
    {Outcome::errors, "errors", "errors, for as long as the fault lasts", false},
    {Outcome::misleading, "misleading", "an answer that hides the failure", true},
    {Outcome::hangs, "hangs", "waits as long as the fault lasts", true},
    {Outcome::outage, "outage", "failures in journeys that do not need the faulted part", true},
    {Outcome::crash, "crash", "the application ends", true},
    {Outcome::no_recovery, "no recovery", "failures that stay after the fault is gone", true},
    {Outcome::data_lost, "data lost", "an acknowledged write that is missing or doubled", true},
    {Outcome::fail_open, "fail-open", "a protection that no longer protects", true},
};

}  // namespace

const OutcomeRow& outcome_row(Outcome outcome) {
  const OutcomeRow& row = kOutcomes[static_cast<int>(outcome)];
  PL_ASSERT(row.outcome == outcome);
  return row;
}

std::optional<Outcome> outcome_by_word(std::string_view word) {
  for (const OutcomeRow& row : kOutcomes) {
    if (row.word == word) return row.outcome;
  }
  return std::nullopt;
}

bool slows(std::string_view fault) { return fault == "latency" || fault == "bandwidth" || fault == "throttle"; }

std::string_view evidence_word(Evidence evidence) {
  static constexpr std::string_view kWords[] = {"measured", "simulated", "static", "declared"};
  return kWords[static_cast<int>(evidence)];
}

std::string_view checkpoint_word(Checkpoint checkpoint) {
  static constexpr std::string_view kWords[] = {"architecture", "security", "chaos", "data", "operations", "vendor"};
  return kWords[static_cast<int>(checkpoint)];
}

std::string_view provenance_word(Provenance provenance) {
  static constexpr std::string_view kWords[] = {"declared", "observed", "proved"};
  return kWords[static_cast<int>(provenance)];
}

std::string_view criticality_word(Criticality criticality) {
  static constexpr std::string_view kWords[] = {"unknown", "unused", "soft", "degraded", "hard"};
  return kWords[static_cast<int>(criticality)];
}

}  // namespace pl::facts

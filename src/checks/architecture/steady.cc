#include "checks/architecture/steady.h"

#include <fmt/core.h>

#include "checks/say/say.h"
#include "facts/procedure.h"
#include "facts/said.h"

namespace pl::checks {
namespace {

constexpr std::size_t kExamples = 5;

/// A limit that works is no failure of the application: it is said what to configure.
void say_limited(const facts::Journey& journey, facts::Finding& finding) {
  const facts::Steady& now = journey.steady;
  finding.severity = facts::Severity::note;
  finding.title = fmt::format("The application limits its customers' rate: {} of {} of `{}` are 429.", now.too_many,
                              count_text(now.count, "answer"), journey.declared.name);
  finding.why =
      "All customers of a run come from one address, so that a limit for one customer holds for all of them. "
      "Without a steady state this journey gets no experiments.";
  finding.remedy = fmt::format(
      "Raise the limit of `{}` for the run, in the environment of `run:` or for 127.0.0.1, or give each user of "
      "`traffic:` what the limit counts by, as a header field with ${{user}}",
      journey.declared.name);
}

}  // namespace

std::vector<facts::Finding> steady(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  const facts::Seen<record::LoadPeriod>* period = facts::steady_period(facts);
  if (period == nullptr) return findings;
  for (const facts::Journey& journey : facts.journeys) {
    const facts::Steady& now = journey.steady;
    // Few answers that are all as expected blame nobody.
    if (now.good || now.count == 0 || now.success == now.count) continue;
    const std::int64_t failed = now.count - now.success;
    facts::Finding finding = begin_finding("architecture.steady", facts::Checkpoint::architecture,
                                           "steady state of " + journey.declared.name, facts::Severity::blocking);
    finding.title = fmt::format("With nothing broken, {} of {} of `{}` fail.", failed, count_text(now.count, "answer"),
                                journey.declared.name);
    finding.why = "Below 95 % success there is no steady state to compare with, so this journey gets no experiments.";
    finding.remedy = fmt::format("Mend `{}` first: the answers are among the evidence, its output in application.log",
                                 journey.declared.name);
    if (facts::rate_limited(now)) say_limited(journey, finding);
    const double share = 100.0 * static_cast<double>(now.success) / static_cast<double>(now.count);
    finding.numbers.push_back({"success", share, "%", now.count});
    finding.command = repeat_command(facts, "");
    finding.evidence = {period->id};
    for (const auto& iteration : facts.iterations) {
      const record::Iteration& seen = iteration.value;
      const bool within = seen.intended >= period->value.from && seen.intended < period->value.to;
      if (seen.journey != journey.declared.id || !within || finding.evidence.size() > kExamples) continue;
      if (facts::classify(seen, journey) == facts::AnswerClass::same) continue;
      if (finding.evidence.size() == 1 && seen.status > 0) {
        const std::string said = facts::said_text(seen.said);
        finding.why += fmt::format(" The first says: status {}{}{}.", seen.status, said.empty() ? "" : ", ", said);
      }
      add_evidence(finding, {iteration.id});
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pl::checks

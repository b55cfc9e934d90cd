#include "checks/operations/terminate.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "checks/say/say.h"

namespace pl::checks {
namespace {

facts::Finding begin(const facts::Facts& facts, const facts::Seen<record::DrillEnded>& drill, const std::string& check,
                     const std::string& name, facts::Severity severity) {
  facts::Finding finding = begin_finding(check, facts::Checkpoint::operations, name + " terminated", severity);
  finding.cells = {drill.value.key};
  finding.evidence = {drill.id};
  finding.command = repeat_command(facts, drill.value.key);
  return finding;
}

std::string exit_text(const record::DrillEnded& drill) {
  if (drill.exit_after == 0) return "It had not ended when the watch ended";
  std::string text = fmt::format("It ended {} after the signal", time_text(drill.exit_after));
  if (drill.signal > 0) return text + fmt::format(", by signal {}", drill.signal);
  return drill.status >= 0 ? text + fmt::format(", with status {}", drill.status) : text;
}

std::string name_of(const facts::Facts& facts, const record::DrillEnded& drill) {
  const auto known = static_cast<std::int64_t>(facts.topology.components.size());
  if (drill.component < 0 || drill.component >= known) return "the application";
  return facts::plain_name(facts.topology.components[static_cast<std::size_t>(drill.component)]);
}

/// What one kind of drill says when something was lost, and when customers were told.
struct Words {
  std::string_view drill, check;
  std::string_view one;           ///< What TERM met.
  std::string_view cut, refused;  ///< "{} of {} in flight are cut"; `refused` empty: it is no harm.
  std::string_view why;
  std::string_view remedy, remedy_refused;
};
constexpr Words kWords[] = {
    {"terminate", "operations.terminate", "request", "in flight are cut", "in flight are refused",
     "each deployment and each maintenance of the machine does this to customers.",
     "Handle SIGTERM: stop accepting, finish the requests in flight within a limit, then exit",
     "Finish the requests that were accepted before the signal"},
    {"terminate_streams", "operations.terminate_streams", "stream", "that had begun break off without a word",
     "that had begun end early with an error event",
     "a customer sees half an answer, and nothing that says so, at each deployment.",
     "On SIGTERM let streams that have begun come to their end within a limit, and end what is left with an error "
     "event",
     "On SIGTERM let streams that have begun come to their end within a limit"},
    {"terminate_idle", "operations.terminate_kept", "request", "on kept connections are lost", "",
     "a load balancer that keeps connections loses requests at each deployment.",
     "On SIGTERM close idle connections before exiting, and answer what is under way with `Connection: close`", ""},
};

facts::Finding lost(const facts::Facts& facts, const facts::Seen<record::DrillEnded>& drill, const Words& words) {
  const record::DrillEnded& seen = drill.value;
  const std::string name = name_of(facts, seen);
  const std::int64_t all = seen.drained + seen.cut + seen.refused;
  const bool cut = seen.cut > 0;
  auto finding =
      begin(facts, drill, std::string(words.check), name, cut ? facts::Severity::blocking : facts::Severity::warning);
  finding.title = fmt::format("When {} is told to end (TERM), {} of {} {}.", name, cut ? seen.cut : seen.refused,
                              count_text(all, words.one), cut ? words.cut : words.refused);
  finding.why = exit_text(seen) + (cut ? fmt::format(": {}", words.why) : ".");
  finding.remedy = cut ? words.remedy : words.remedy_refused;
  if (cut) finding.numbers.push_back({"cut", static_cast<double>(seen.cut), "", all});
  return finding;
}

/// What was accepted came to its end; what waited to be accepted did not.
facts::Finding not_accepted(const facts::Facts& facts, const facts::Seen<record::DrillEnded>& drill) {
  const record::DrillEnded& seen = drill.value;
  const std::string name = name_of(facts, seen);
  auto finding = begin(facts, drill, "operations.terminate", name, facts::Severity::warning);
  finding.title =
      fmt::format("When {} is told to end (TERM), {} of {} in flight are cut, which it had not accepted yet.", name,
                  seen.waiting, count_text(seen.drained + seen.cut + seen.refused, "request"));
  finding.why =
      exit_text(seen) + ": it finishes what it has accepted, and connections that wait for a free worker end.";
  finding.remedy = "Take an instance out of the load balancer before TERM, or give it more workers";
  return finding;
}

}  // namespace

std::vector<facts::Finding> terminate(const facts::Facts& facts) {
  std::vector<facts::Finding> findings;
  bool stays = false;
  for (const auto& drill : facts.drills) {
    const record::DrillEnded& seen = drill.value;
    const Words* words = std::ranges::find(kWords, seen.drill, &Words::drill);
    if (words == std::end(kWords) || seen.result == "not decided") continue;
    if (seen.cut > 0 && seen.cut == seen.waiting && seen.refused == 0) {
      findings.push_back(not_accepted(facts, drill));
    } else if (seen.cut > 0 || (seen.refused > 0 && !words->refused.empty())) {
      findings.push_back(lost(facts, drill, *words));
    } else if (seen.exit_after == 0 && !std::exchange(stays, true)) {
      const std::string name = name_of(facts, seen);
      auto finding = begin(facts, drill, "operations.does_not_end", name, facts::Severity::warning);
      finding.title = fmt::format("{} was told to end (TERM) and did not end while it was watched.", name);
      finding.why = "It will be killed in the end, with whatever it is doing then.";
      finding.remedy = "Close idle keep-alive connections and timers on SIGTERM, so that the process can end";
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace pl::checks

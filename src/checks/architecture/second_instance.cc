#include "checks/architecture/second_instance.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/say/say.h"
#include "facts/procedure.h"

namespace pl::checks {
namespace {

constexpr std::int64_t kAnswers = 5;        ///< Fewer say nothing.
constexpr std::int64_t kAlonePercent = 90;  ///< As usual, of the second instance alone.
constexpr std::int64_t kWrong = 3, kWrongPercent = 20;
constexpr std::int64_t kRightPercent = 10;  ///< Wrong, at most, where nothing is kept in memory.
constexpr std::int64_t kMissing = 2;        ///< Writes that one instance alone has.
constexpr std::size_t kExamples = 5;

struct Window {
  std::int64_t of = 0, wrong = 0, lost_sessions = 0;
  std::vector<std::int64_t> examples;
};

Window window_of(const facts::Facts& facts, const facts::Journey& journey, Ns from, Ns to) {
  Window window;
  for (const auto& seen : facts.iterations) {
    const record::Iteration& one = seen.value;
    if (one.journey != journey.declared.id || one.intended < from || one.intended >= to) continue;
    if (one.end == record::End::open) continue;  // Given up by us when the period was over.
    ++window.of;
    if (facts::classify(one, journey) == facts::AnswerClass::same) continue;
    ++window.wrong;
    window.lost_sessions += one.session_lost || one.status == 401 ? 1 : 0;
    if (window.examples.size() < kExamples) window.examples.push_back(seen.id);
  }
  return window;
}

/// The second instance alone answers the journey as the first does.
bool works_alone(const Window& alone) {
  return alone.of >= kAnswers && (alone.of - alone.wrong) * 100 >= kAlonePercent * alone.of;
}

void judge(const facts::Facts& facts, const record::SecondInstance& tried, Instances& out) {
  int right = 0, judged = 0, asked = 0;
  for (const facts::Journey& journey : facts.journeys) {
    if (!journey.steady.good || journey.declared.health) continue;
    ++asked;
    const Window alone = window_of(facts, journey, tried.alone_from, tried.alone_to);
    const Window turns = window_of(facts, journey, tried.turns_from, tried.turns_to);
    if (!works_alone(alone) || turns.of < kAnswers) continue;
    ++judged;
    if (turns.wrong >= kWrong && turns.wrong * 100 >= kWrongPercent * turns.of) {
      out.journeys.push_back(journey.declared.id);
      out.wrong += turns.wrong;
      out.of += turns.of;
      out.lost_sessions += turns.lost_sessions;
      out.evidence.insert(out.evidence.end(), turns.examples.begin(), turns.examples.end());
    } else if (turns.wrong * 100 <= kRightPercent * turns.of) {
      ++right;
    }
  }
  if (!out.journeys.empty() || tried.writes_missing >= kMissing) {
    out.state = Instances::State::in_memory;
  } else if (asked > 0 && right == asked) {
    out.state = Instances::State::spread;
  } else {
    out.state = Instances::State::undecided;
    out.why = judged == 0 ? "the second instance alone did not answer as the first does"
                          : fmt::format("only {} of {} could be compared and were as usual", right,
                                        count_text(asked, "journey"));
  }
}

}  // namespace

Instances instances_of(const facts::Facts& facts) {
  Instances out;
  if (facts.second_instances.empty()) return out;
  const auto& tried = facts.second_instances.back();
  out.evidence.push_back(tried.id);
  if (tried.value.undecided.empty()) {
    judge(facts, tried.value, out);
  } else {
    out.state = Instances::State::undecided;
    out.why = tried.value.undecided;
  }
  return out;
}

std::optional<Replaced> replaced(const facts::Facts& facts) {
  if (facts.second_instances.empty()) return std::nullopt;
  const auto& tried = facts.second_instances.back();
  if (!tried.value.undecided.empty() || tried.value.replaced_to == 0) return std::nullopt;
  Replaced out{.evidence = {tried.id}};
  for (const facts::Journey& journey : facts.journeys) {
    if (!journey.steady.good || journey.declared.health) continue;
    const Window alone = window_of(facts, journey, tried.value.alone_from, tried.value.alone_to);
    if (!works_alone(alone)) continue;
    const Window window = window_of(facts, journey, tried.value.replaced_from, tried.value.replaced_to);
    out.of += window.of;
    out.wrong += window.wrong;
    out.lost_sessions += window.lost_sessions;
    out.evidence.insert(out.evidence.end(), window.examples.begin(), window.examples.end());
  }
  return out.of >= kAnswers ? std::optional(out) : std::nullopt;
}

std::vector<facts::Finding> second_instance(const facts::Facts& facts) {
  const Instances seen = instances_of(facts);
  if (seen.state != Instances::State::in_memory) return {};
  const record::SecondInstance& tried = facts.second_instances.back().value;
  facts::Finding finding = begin_finding("architecture.second_instance", facts::Checkpoint::architecture,
                                         "second instance", facts::Severity::warning);
  const bool journeys = !seen.journeys.empty();
  finding.title = journeys
                      ? fmt::format("State is kept in memory: when requests take turns between two instances, {} {}.",
                                    journeys_text(facts, seen.journeys), seen.journeys.size() == 1 ? "fails" : "fail")
                      : fmt::format("Writes are kept in memory: {} of {} are not there at a second instance.",
                                    tried.writes_missing, count_text(tried.writes_read, "acknowledged write"));
  if (journeys) {
    finding.why = fmt::format(
        "{} of {} were not as usual{}, though the second instance alone answered as the first does. A second instance, "
        "a "
        "deployment without a gap and a restart all do this to customers.",
        seen.wrong, count_text(seen.of, "answer"),
        seen.lost_sessions > 0 ? fmt::format(", {} because the customer was not known", seen.lost_sessions) : "");
    finding.numbers.push_back({"not as usual", static_cast<double>(seen.wrong), "", seen.of});
  } else {
    finding.why = "What one instance keeps for itself is gone for the customers of the other, and when it restarts.";
    finding.numbers.push_back({"missing", static_cast<double>(tried.writes_missing), "", tried.writes_read});
  }
  finding.remedy =
      "Keep sessions, and whatever one request leaves for the next, in a store that all instances share (the database)";
  finding.command = repeat_command(facts, "");
  add_evidence(finding, seen.evidence);
  return {finding};
}

}  // namespace pl::checks

#include "checks/answers.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/architecture/capacity.h"
#include "checks/architecture/second_instance.h"
#include "checks/checks.h"
#include "checks/say/say.h"
#include "facts/flows.h"
#include "facts/trial_frames.h"

namespace pl::checks {
namespace {

using facts::Answer;
using facts::Cell;
using facts::Checkpoint;
using facts::Experiment;
using facts::Facts;
using facts::Outcome;

/// A question of DESIGN 1. Without a function it is not run, and `why` says so.
struct Question {
  Checkpoint checkpoint;
  std::string_view question;
  void (*answer)(const Facts& facts, Answer& answer);
  std::string_view why;
};

void say(Answer& answer, std::string text, const std::vector<std::int64_t>& evidence) {
  give(answer, std::move(text), evidence);
}

bool one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Worst decided headline of an experiment, or nothing.
const Cell* worst_cell(const Experiment& experiment) {
  const Cell* worst = nullptr;
  for (const Cell& cell : experiment.cells) {
    if (cell.state != Cell::State::decided) continue;
    if (worst == nullptr || cell.headline > worst->headline) worst = &cell;
  }
  return worst;
}

/// "postgres refused: errors; postgres frozen: hangs": every decided experiment of these faults with its worst outcome.
void say_outcomes(const Facts& facts, std::initializer_list<std::string_view> faults, Answer& answer) {
  std::vector<std::int64_t> evidence;
  std::string text;
  bool tried = false;
  for (const Experiment& experiment : facts.experiments) {
    if (!one_of(experiment.fault, faults)) continue;
    tried = true;
    const Cell* worst = worst_cell(experiment);
    if (worst == nullptr) continue;
    text += (text.empty() ? "" : "; ") + subject_text(facts, experiment) + ": " +
            std::string(facts::outcome_row(worst->headline).word);
    const auto trials = facts::trial_frames(facts, experiment);
    evidence.insert(evidence.end(), trials.begin(), trials.end());
  }
  if (!text.empty()) return say(answer, text + ".", evidence);
  answer.state = tried ? Answer::State::inconclusive : Answer::State::not_run;
  answer.text = tried ? "No experiment of this kind could be decided." : "No experiment of this kind was made.";
}

void depends(const Facts& facts, Answer& answer) {
  std::vector<std::int64_t> evidence;
  std::vector<std::string> lines;
  for (const facts::Component& component : facts.topology.components) {
    std::vector<std::string> to;
    for (const std::int64_t id : facts::edges_from(facts.topology, component.id)) {
      const facts::Edge& edge = facts.topology.edges[static_cast<std::size_t>(id)];
      to.push_back(edge.to < 0 ? edge.name : facts.topology.components[static_cast<std::size_t>(edge.to)].name);
      evidence.insert(evidence.end(), edge.evidence.begin(), edge.evidence.end());
    }
    if (!to.empty()) lines.push_back(facts::plain_name(component) + " depends on " + list_text(to));
  }
  if (facts.topology.components.empty()) {
    answer.text = "Nothing was observed.";
    return;
  }
  if (facts.ready) evidence.push_back(facts.ready->id);
  std::string text = lines.empty() ? "On nothing that could be seen: no connection was opened" : "";
  for (const std::string& line : lines) text += (text.empty() ? "" : "; ") + line;
  say(answer, text + ".", evidence);
}

void choke(const Facts& facts, Answer& answer) {
  const auto without = capacity_of(facts, false), with = capacity_of(facts, true);
  if (!without) {
    answer.text = "No ladder of rates was made in this run.";
    return;
  }
  std::string text = fmt::format("{} {:.0f} journeys per second were held without the relay",
                                 without->broken == 0 ? "At least" : "About", without->held);
  std::vector<std::int64_t> evidence = without->evidence;
  if (with) {
    text += fmt::format(" and {:.0f} through it", with->held);
    evidence.insert(evidence.end(), with->evidence.begin(), with->evidence.end());
  }
  say(answer, text + "; " + choke_point(facts, *without) + ".", evidence);
}

void instances(const Facts& facts, Answer& answer) {
  const Instances seen = instances_of(facts);
  if (seen.state == Instances::State::not_run) {
    answer.text = "The application was not started a second time in this run.";
  } else if (seen.state == Instances::State::undecided) {
    answer.state = Answer::State::inconclusive;
    answer.text = "Not decided: " + seen.why + ".";
  } else if (seen.state == Instances::State::in_memory) {
    say(answer,
        seen.journeys.empty()
            ? "Not as it is: writes are kept in one instance's memory."
            : fmt::format("Not as it is: state is kept in memory, and {} {} when requests take turns "
                          "between two instances.",
                          journeys_text(facts, seen.journeys), seen.journeys.size() == 1 ? "fails" : "fail"),
        seen.evidence);
  } else {
    const record::SecondInstance& tried = facts.second_instances.back().value;
    say(answer,
        fmt::format("Yes: two instances answered in turn as one does; the second made {} of {} with dependencies and "
                    "used {} of {} of processor time.",
                    tried.exchanges_second, count_text(tried.exchanges_first + tried.exchanges_second, "exchange"),
                    time_text(tried.processor_second), time_text(tried.processor_first + tried.processor_second)),
        seen.evidence);
  }
}

void replacement(const Facts& facts, Answer& answer) {
  const std::optional<Replaced> seen = replaced(facts);
  if (!seen) {
    answer.text = "No second instance that answers as the first does took its place in this run.";
    return;
  }
  const bool ended = facts.second_instances.back().value.old_ended;
  const std::string all = count_text(seen->of, "answer");
  std::string text =
      seen->wrong == 0
          ? fmt::format("Yes: a new instance took over while customers were served, and all {} were as usual", all)
          : fmt::format("Not seamlessly: when a new instance took over, {} of {} were not as usual", seen->wrong, all);
  if (seen->lost_sessions > 0) {
    text += fmt::format(", {} because the customer was not known to it", seen->lost_sessions);
  }
  text += ended ? ". The old one ended when it was told to." : ". The old one did not end within 6 s of being told to.";
  say(answer, text, seen->evidence);
}

/// Who was told to end: the application, or a server of its own behind the component that customers connect to.
std::string told_name(const Facts& facts, const record::DrillEnded& drill) {
  const auto known = static_cast<std::int64_t>(facts.topology.components.size());
  if (drill.component < 0 || drill.component >= known || drill.component == facts.topology.entry) {
    return "the application";
  }
  return facts::plain_name(facts.topology.components[static_cast<std::size_t>(drill.component)]);
}

void maintenance(const Facts& facts, Answer& answer) {
  std::vector<std::int64_t> evidence;
  std::string text;
  for (const auto& drill : facts.drills) {
    if (drill.value.drill != "terminate" || drill.value.result == "not decided") continue;
    text += fmt::format("{}told to end, {} left requests in flight {}", text.empty() ? "" : "; ",
                        told_name(facts, drill.value), drill.value.result);
    evidence.push_back(drill.id);
  }
  Answer cut;
  say_outcomes(facts, {"refuse", "reset", "restart"}, cut);
  if (cut.state == Answer::State::answered) text += (text.empty() ? "" : "; ") + cut.text;
  evidence.insert(evidence.end(), cut.evidence.begin(), cut.evidence.end());
  if (text.empty()) {
    answer.text = "Neither was an instance told to end nor a connection cut in this run.";
    return;
  }
  if (!text.ends_with('.')) text += '.';
  text[0] = static_cast<char>(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 'a' + 'A' : text[0]);
  say(answer, text, evidence);
}

void surface(const Facts& facts, Answer& answer) {
  std::vector<std::string> ports;
  for (const facts::Component& component : facts.topology.components) {
    for (const facts::Listener& listener : component.listeners) {
      if (!component.inside || !component.provided.empty() || listener.port == 0) continue;
      ports.push_back(fmt::format("{} on {}:{}", facts::plain_name(component), listener.address, listener.port));
    }
  }
  if (ports.empty()) {
    answer.text = "No listener was seen.";
    return;
  }
  std::vector<std::int64_t> evidence;
  for (const auto& refused : facts.refused) evidence.push_back(refused.id);
  if (facts.ready) evidence.push_back(facts.ready->id);
  const std::string out =
      facts.refused.empty()
          ? "nothing outside the sandbox was asked for"
          : count_text(static_cast<std::int64_t>(facts.refused.size()), "attempt") + " to reach the outside";
  say(answer, fmt::format("{}; {}.", list_text(ports), out), evidence);
}

void turned_off(const Facts& facts, Answer& answer) {
  say_outcomes(facts, {"refuse", "reset", "cut", "restart"}, answer);
}
void degraded(const Facts& facts, Answer& answer) {
  say_outcomes(facts, {"latency", "bandwidth", "throttle", "silent", "stall", "freeze"}, answer);
}
void blocked(const Facts& facts, Answer& answer) { say_outcomes(facts, {"refuse"}, answer); }

void cascades(const Facts& facts, Answer& answer) {
  std::vector<std::string> spread;
  std::vector<std::int64_t> evidence;
  bool decided = false;
  for (const Experiment& experiment : facts.experiments) {
    decided = decided || worst_cell(experiment) != nullptr;
    const bool does = std::any_of(experiment.cells.begin(), experiment.cells.end(), [](const Cell& cell) {
      return holds(cell, Outcome::outage) || holds(cell, Outcome::crash);
    });
    const auto trials = facts::trial_frames(facts, experiment);
    evidence.insert(evidence.end(), trials.begin(), trials.end());
    if (does) spread.push_back(subject_text(facts, experiment));
  }
  if (!decided) {
    answer.text = "No experiment was decided.";
    return;
  }
  say(answer,
      spread.empty() ? "Not seen: what did not use the faulted part went on."
                     : "Yes: " + list_text(spread) + " hurt what does not use it.",
      evidence);
}

void recovers(const Facts& facts, Answer& answer) {
  std::vector<std::string> never;
  std::vector<std::int64_t> evidence;
  Ns longest = 0;
  bool decided = false;
  for (const Experiment& experiment : facts.experiments) {
    bool lost = false;
    for (const Cell& cell : experiment.cells) {
      if (cell.state != Cell::State::decided) continue;
      decided = true;
      lost = lost || holds(cell, Outcome::no_recovery);
      longest = std::max(longest, cell.recovery);
    }
    if (lost) never.push_back(subject_text(facts, experiment));
    const auto trials = facts::trial_frames(facts, experiment);
    evidence.insert(evidence.end(), trials.begin(), trials.end());
  }
  if (!decided) {
    answer.text = "No experiment was decided.";
    return;
  }
  say(answer,
      never.empty() ? fmt::format("Yes, within {} each time.", time_text(longest))
                    : "Not after " + list_text(never) + ".",
      evidence);
}

void restarts(const Facts& facts, Answer& answer) {
  say_outcomes(facts, {"restart"}, answer);
  if (answer.state == Answer::State::not_run) {
    answer.text = "No part could be restarted: what the application's own start script started is only frozen so far.";
  }
}

void writes(const Facts& facts, Answer& answer) {
  std::int64_t read = 0, lost = 0, proved = 0;
  std::vector<std::int64_t> evidence;
  for (const auto& write : facts.writes) {
    const bool steady = write.value.occasion == "steady";
    proved += steady && write.value.result == "found";
    if (steady || write.value.result == "not readable") continue;
    ++read;
    lost += write.value.result != "found";
    if (evidence.size() < 40) evidence.push_back(write.id);
  }
  const bool any = std::any_of(facts.journeys.begin(), facts.journeys.end(),
                               [](const facts::Journey& journey) { return journey.declared.verifies; });
  if (!any) {
    answer.text = "No journey has a `verify:`, so no write could be read back.";
  } else if (proved == 0 || read == 0) {
    answer.state = Answer::State::inconclusive;
    answer.text = "Writing and reading back was not proved to work with nothing broken.";
  } else {
    say(answer,
        lost == 0 ? fmt::format("No: all {} were found.", count_text(read, "acknowledged write"))
                  : fmt::format("Yes: {} of {}.", lost, count_text(read, "acknowledged write")),
        evidence);
  }
}

void ends(const Facts& facts, Answer& answer) {
  std::string text, open;
  std::vector<std::int64_t> evidence;
  for (const auto& drill : facts.drills) {
    const record::DrillEnded& seen = drill.value;
    const bool idle = seen.drill == "terminate_idle", streams = seen.drill == "terminate_streams";
    if (!seen.drill.starts_with("terminate")) continue;
    if (seen.result == "not decided") {
      open += (open.empty() ? "" : "; ") + seen.note;
      continue;
    }
    const std::string all = count_text(seen.drained + seen.cut + seen.refused, streams ? "stream" : "request");
    const std::string who = told_name(facts, seen);
    text += (text.empty() ? "" : " ") + (who == "the application" ? "" : "When " + who + " was told to end: ");
    text += fmt::format("{} of {} {} were answered in full, {} {}, {} {}.", seen.drained, all,
                        idle      ? "on kept connections"
                        : streams ? "that had begun"
                                  : "in flight",
                        seen.cut, idle ? "lost" : "cut", seen.refused,
                        idle      ? "closed before anything was asked"
                        : streams ? "ended with an error event"
                                  : "refused");
    evidence.push_back(drill.id);
  }
  if (!text.empty()) return say(answer, text, evidence);
  answer.state = open.empty() ? Answer::State::not_run : Answer::State::inconclusive;
  answer.text = open.empty() ? "The application was not told to end in this run." : open;
}

constexpr std::string_view kVisitor =
    "Only proofload reaches an application in the sandbox: who comes uninvited stands in the access logs of "
    "production, "
    "which are not read.";

constexpr auto kA = Checkpoint::architecture;
constexpr auto kS = Checkpoint::security;
constexpr auto kC = Checkpoint::chaos;
constexpr auto kD = Checkpoint::data;
constexpr auto kO = Checkpoint::operations;
constexpr auto kV = Checkpoint::vendor;

constexpr Question kQuestions[] = {
    {kA, "What does it depend on?", depends, ""},
    {kA, "Which parts are single points of failure, for each customer journey?", answer_single, ""},
    {kA, "Which pairs of parts are points of failure together?", answer_pairs, ""},
    {kA, "Where is the choke point and what is its capacity?", choke, ""},
    {kA, "Is there an alternative path when the database or the gateway is choked?", answer_alternative, ""},
    {kA, "Can the work be spread over more instances?", instances, ""},
    {kA, "What happens when the primary path is blocked?", blocked, ""},
    {kA, "Does it survive ordinary cloud maintenance?", maintenance, ""},
    {kS, "What is the attack surface: what listens and what goes out?", surface, ""},
    {kS, "Does it withstand attacks at the network level (exposure, TLS)?", answer_network, ""},
    {kS, "Does it withstand attacks at the application level (authentication, injection, secrets, limits)?",
     answer_application, ""},
    {kS, "Does it withstand attacks by way of the model (prompt injection, unsafe output, tool abuse)?", answer_model,
     ""},
    {kS, "What does an uninvited visitor try, and when?", nullptr, kVisitor},
    {kC, "Turn each thing off: what happens?", turned_off, ""},
    {kC, "Degrade each thing: what happens?", degraded, ""},
    {kC, "Does it cascade?", cascades, ""},
    {kC, "Does it recover alone?", recovers, ""},
    {kC, "Does it fail over?", answer_failover, ""},
    {kC, "Can a part restart for a few seconds without customers noticing?", restarts, ""},
    {kC, "Can a compromised instance be replaced by a new one seamlessly?", replacement, ""},
    {kC, "Was any acknowledged write lost?", writes, ""},
    {kC, "Does any security control fail open?", answer_fail_open, ""},
    {kD, "Which stage is the database at?", answer_data_stage, ""},
    {kD, "Which indices are missing, unused, doubled?", answer_indices, ""},
    {kD, "Which queries grow, and how fast?", answer_growth, ""},
    {kD, "When does each easy button run out?", answer_easy_buttons, ""},
    {kD, "What is the plan for sharding, distribution and query optimisation?", answer_sharding, ""},
    {kO, "Does it finish the requests in flight when it is told to end?", ends, ""},
    {kO, "Does it start while something that it needs is not there yet?", answer_start, ""},
    {kO, "What infrastructure do you run yourselves, and what takes it over?", answer_infrastructure, ""},
    {kO, "Do backup and restore work, and how long do they take?", answer_backup, ""},
    {kO, "Can you see what is going on (health, metrics, logs, traces)?", answer_sight, ""},
    {kV, "Who uses it at scale?", answer_references, ""},
    {kV, "What validates it (security evaluation, architecture review)?", answer_validation, ""},
    {kV, "How was it stress-tested (ten times the customers, several regions)?", answer_stress, ""},
    {kV, "Is it time to pivot from velocity to reliability?", answer_pivot, ""},
};

}  // namespace

void give(Answer& answer, std::string text, const std::vector<std::int64_t>& evidence) {
  answer.state = Answer::State::answered;
  answer.text = std::move(text);
  answer.evidence = evidence;
}

std::vector<Answer> answers(const Facts& facts) {
  std::vector<Answer> rows;
  for (const Question& question : kQuestions) {
    Answer answer;
    answer.checkpoint = question.checkpoint;
    answer.question = question.question;
    answer.text = question.why;
    if (question.answer != nullptr) question.answer(facts, answer);
    rows.push_back(std::move(answer));
  }
  return rows;
}

}  // namespace pl::checks

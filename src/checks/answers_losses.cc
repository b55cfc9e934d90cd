#include <fmt/core.h>

#include <algorithm>

#include "checks/answers.h"
#include "checks/say/say.h"
#include "facts/losses.h"
#include "facts/trial_frames.h"

namespace pl::checks {
namespace {

using facts::Answer;
using facts::Facts;

std::string name_of(const Facts& facts, const facts::PartLost& part) {
  return facts::plain_name(facts.topology.components[static_cast<std::size_t>(part.component)]);
}

void append(std::vector<std::int64_t>& to, const std::vector<std::int64_t>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// What was seen without several parts at once.
struct Group {
  std::string names;
  std::vector<std::int64_t> failing;  ///< Journeys that are not served any more.
  std::vector<std::int64_t> evidence;
  bool decided = false;
};

Group group_of(const Facts& facts, const facts::Experiment& experiment) {
  Group group{.names = target_name(facts, experiment), .evidence = facts::trial_frames(facts, experiment)};
  for (const facts::Cell& cell : experiment.cells) {
    const facts::Loss loss = facts::loss_of(cell);
    const bool health = facts.journeys.at(static_cast<std::size_t>(cell.journey)).declared.health;
    group.decided = group.decided || loss != facts::Loss::unknown;
    if (loss > facts::Loss::served && !health) group.failing.push_back(cell.journey);
  }
  return group;
}

void add_sentence(std::string& text, const std::string& sentence) { text += (text.empty() ? "" : " ") + sentence; }

}  // namespace

void answer_single(const Facts& facts, Answer& answer) {
  std::vector<std::string> hard, told;
  std::vector<std::int64_t> evidence;
  const std::vector<facts::PartLost> parts = facts::losses(facts);
  for (const facts::PartLost& part : parts) {
    append(evidence, part.evidence);
    const std::string name = name_of(facts, part);
    if (!part.failing.empty()) hard.push_back(fmt::format("{} (for {})", name, journeys_text(facts, part.failing)));
    if (!part.refused.empty()) told.push_back(fmt::format("{} (for {})", name, journeys_text(facts, part.refused)));
  }
  if (parts.empty()) {
    answer.text = "No part could be taken away in this run.";
    return;
  }
  std::string text = hard.empty() ? "" : list_text(hard) + ".";
  if (!told.empty()) {
    add_sentence(text, fmt::format("Customers are refused openly, and not served, without {}.", list_text(told)));
  }
  give(answer, text.empty() ? "None of the parts that were taken away." : text, evidence);
}

void answer_pairs(const Facts& facts, Answer& answer) {
  std::vector<std::string> together, sound, open;
  std::vector<std::int64_t> evidence;
  for (const facts::Experiment& experiment : facts.experiments) {
    if (experiment.edges.size() < 2) continue;
    const Group group = group_of(facts, experiment);
    if (!group.decided) {
      open.push_back(group.names);
      continue;
    }
    append(evidence, group.evidence);
    if (group.failing.empty()) sound.push_back(group.names);
    if (!group.failing.empty() && experiment.edges.size() == 2) {
      together.push_back(fmt::format("{} (for {})", group.names, journeys_text(facts, group.failing)));
    }
  }
  const std::size_t untried = facts::open_pairs(facts).size();
  if (untried > 0) open.push_back(count_text(static_cast<std::int64_t>(untried), "pair") + " that was not tried");
  const std::vector<facts::PartLost> parts = facts::losses(facts);
  if (parts.empty()) {
    answer.text = "No part could be taken away in this run.";
  } else if (!together.empty()) {
    give(answer, "Served without either, but not without both: " + list_text(together) + ".", evidence);
  } else if (!open.empty()) {
    answer.state = sound.empty() && evidence.empty() ? Answer::State::not_run : Answer::State::inconclusive;
    answer.text = "Open: " + list_text(open) + ".";
  } else if (!sound.empty()) {
    give(answer, "None: customers were served without " + list_text(sound) + " at once.", evidence);
  } else {
    for (const facts::PartLost& part : parts) append(evidence, part.evidence);
    give(answer, "None to ask about: no journey uses two parts of which it outlives the loss of each.", evidence);
  }
}

void answer_alternative(const Facts& facts, Answer& answer) {
  std::vector<std::string> none, told, some;
  std::vector<std::int64_t> evidence;
  for (const facts::PartLost& part : facts::losses(facts)) {
    std::vector<std::string>& list = !part.failing.empty() ? none : !part.refused.empty() ? told : some;
    list.push_back(name_of(facts, part));
    append(evidence, part.evidence);
  }
  if (none.empty() && told.empty() && some.empty()) {
    answer.text = "Nothing was taken away or stopped from answering in this run.";
    return;
  }
  std::string text;
  if (!some.empty()) add_sentence(text, fmt::format("Yes, for {}: customers are served without.", list_text(some)));
  if (!told.empty()) {
    add_sentence(text, fmt::format("No, for {}: nothing stands in, and customers are told so.", list_text(told)));
  }
  if (!none.empty()) {
    add_sentence(text, fmt::format("No, for {}: without, customers fail or wait.", list_text(none)));
  }
  give(answer, text, evidence);
}

void answer_failover(const Facts& facts, Answer& answer) {
  std::vector<std::string> does, does_not;
  std::vector<std::int64_t> evidence;
  for (const facts::PartLost& part : facts::losses(facts)) {
    const bool served = part.failing.empty() && part.refused.empty();
    if (served && part.served.empty()) continue;
    (served ? does : does_not).push_back(name_of(facts, part));
    append(evidence, part.evidence);
  }
  if (does.empty() && does_not.empty()) {
    answer.text = "No part that a journey uses was taken away in this run.";
    return;
  }
  std::string text;
  if (!does.empty()) add_sentence(text, fmt::format("Customers did not miss {}.", list_text(does)));
  if (!does_not.empty()) {
    add_sentence(text,
                 fmt::format("Nothing took over for {}: customers were not served meanwhile.", list_text(does_not)));
  }
  give(answer, text, evidence);
}

}  // namespace pl::checks

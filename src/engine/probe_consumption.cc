#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/model_question.h"
#include "engine/prober.h"
#include "load/text.h"
#include "scan/answer_texts.h"
#include "scan/model_count.h"

namespace pl::engine {
namespace {

constexpr std::string_view kToken = "c4k8";  ///< Harmless, and the same in each run.
constexpr std::int64_t kTurns = 14;          ///< Questions of one conversation.
constexpr Ns kTalk = 20 * kSec;              ///< Longest conversation; one that was cut says nothing of its length.
constexpr std::size_t kNames = 4;            ///< Values of an answer that are tried as the name of its conversation.
constexpr std::array<std::string_view, 4> kConversation = {"chat", "conversation", "thread", "session"};

/// A step that asks the model, made again and again by one visitor.
struct Conversation {
  Prober& prober;
  conf::Journey config;  ///< With the request in the step's text.
  std::size_t step;
  Visitor visitor;

  /// What the model says that it was sent; nothing where the step failed, or its answer does not tell.
  Result<std::optional<scan::ModelCount>> ask() {
    const load::JourneyPlan plan = PL_TRY(load::compile(config));
    visitor.variables["n"] = prober.visitor(0).variables["n"];
    const StepMade made = PL_TRY(prober.step(plan.steps[step], visitor));
    return made.good ? scan::find_count(made.asked, kToken) : std::nullopt;
  }
};

/// Values of an answer that may name the conversation it belongs to, the likeliest first.
std::vector<std::pair<std::string, Json>> names_of(const scan::Asked& asked, const Json& body) {
  std::vector<std::pair<std::string, Json>> likely, others;
  for (auto& [name, value] : scan::values_of(asked)) {
    if (body.has(name)) continue;
    const std::string low = load::lower(name);
    const auto in_name = [&](std::string_view word) { return low.find(word) != std::string::npos; };
    if (std::ranges::any_of(kConversation, in_name)) {
      likely.emplace_back(name, std::move(value));
    } else if (low.ends_with("id")) {
      others.emplace_back(name, std::move(value));
    }
  }
  likely.insert(likely.end(), others.begin(), others.end());
  likely.resize(std::min(likely.size(), kNames));
  return likely;
}

/// Finds how one question follows another: by the session alone, or by a value of the first one's answer. Messages that
/// came with the second one; 0: none was found.
Result<std::int64_t> go_on(Conversation& talk, const scan::Asked& first, std::int64_t messages) {
  const auto again = PL_TRY(talk.ask());
  if (again && again->messages > messages) return again->messages;
  conf::Step& step = talk.config.steps[talk.step];
  if (step.body_kind != conf::Step::Body::json || !step.json.is_object()) return 0;
  const Json body = step.json;
  for (const auto& [name, value] : names_of(first, body)) {
    step.json = body;
    step.json.set(name, value);
    const auto next = PL_TRY(talk.ask());
    if (next && next->messages > messages) return next->messages;
  }
  return 0;
}

/// Asks on until a question comes with no more messages than the one before, or fails.
Result<void> talk_on(Conversation& talk, record::ConsumptionProbed& seen) {
  const os::Clock& clock = talk.prober.run().clock;
  const Ns end = clock.now() + kTalk;
  while (seen.turns < kTurns) {
    seen.ended = clock.now() > end;
    if (seen.ended) return {};
    const auto next = PL_TRY(talk.ask());
    seen.ended = !next;
    if (!next || next->messages <= seen.messages) return {};
    seen.messages = next->messages;
    ++seen.turns;
  }
  seen.grows = true;
  return {};
}

Result<void> probe_one(Prober& prober, const Walked& asked) {
  std::optional<scan::ModelCount> count;
  std::size_t step = 0;
  for (std::size_t i = 0; i < asked.steps.size(); ++i) {
    const auto found = scan::find_count(asked.steps[i].asked, kToken);
    if (!found) continue;
    count = found;
    step = i;
  }
  if (!count) return {};
  record::ConsumptionProbed seen{.journey = asked.journey, .step = static_cast<std::int64_t>(step)};
  seen.target = asked.plan.steps[step].label;
  seen.limit = count->limit;
  seen.messages = seen.first_messages = count->messages;
  seen.turns = 1;
  Conversation talk{prober, asked.config, step, asked.visitor};
  if (const std::int64_t second = PL_TRY(go_on(talk, asked.steps[step].asked, count->messages)); second > 0) {
    seen.messages = second;
    seen.turns = 2;
    PL_TRY(talk_on(talk, seen));
  }
  prober.run().observe(seen);
  return {};
}

}  // namespace

Result<void> probe_consumption(Prober& prober, const std::vector<Walked>& walks) {
  const std::vector<Walked> all = PL_TRY(ask_model(prober, walks, scan::count_request(kToken)));
  for (const Walked& asked : all) PL_TRY(probe_one(prober, asked));
  return {};
}

}  // namespace pl::engine

#include "engine/model_question.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "load/text.h"

namespace pl::engine {
namespace {

constexpr int kDepth = 4;  ///< Levels of a body that are looked through for a text.
constexpr std::array<std::string_view, 9> kNoText = {"user", "username", "name", "email", "password",
                                                     "role", "model",    "chat", "id"};

/// Adds the request to the first text that customers write by hand.
bool add_request(Json& document, const std::string& request, int depth) {
  if (depth == 0) return false;
  if (document.is_object()) {
    const Json before = document;
    for (const auto& [name, value] : before.members()) {
      if (std::ranges::find(kNoText, load::lower(name)) != kNoText.end()) continue;
      Json changed = value;
      if (value.is_string()) changed = Json(value.as_string() + " " + request);
      if (!value.is_string() && !add_request(changed, request, depth - 1)) continue;
      document.set(name, std::move(changed));
      return true;
    }
  }
  if (!document.is_array() || document.size() == 0) return false;
  Json::Array items = document.items();
  if (!add_request(items.back(), request, depth - 1)) return false;
  document = Json(std::move(items));
  return true;
}

bool add_request(conf::Step& step, const std::string& request) {
  if (step.body_kind == conf::Step::Body::json) return add_request(step.json, request, kDepth);
  if (step.body_kind != conf::Step::Body::form) return false;
  for (auto& [name, value] : step.form) {
    if (std::ranges::find(kNoText, load::lower(name)) != kNoText.end()) continue;
    value += " " + request;
    return true;
  }
  return false;
}

/// The journey sends something to the built-in model.
bool reaches_model(const facts::Facts& facts, std::int64_t journey) {
  const facts::Topology& topology = facts.topology;
  return std::ranges::any_of(facts.journeys[static_cast<std::size_t>(journey)].uses, [&](std::int64_t id) {
    const facts::Edge& edge = topology.edges[static_cast<std::size_t>(id)];
    return edge.to >= 0 && topology.components[static_cast<std::size_t>(edge.to)].provided == "model";
  });
}

/// The journey with the words in its last text; nothing where there is none.
std::optional<conf::Journey> with_request(const conf::Journey& journey, const std::string& request) {
  conf::Journey changed = journey;
  for (std::size_t i = changed.steps.size(); i-- > 0;) {
    if (add_request(changed.steps[i], request)) return changed;
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Walked>> ask_model(Prober& prober, const std::vector<Walked>& walks, const std::string& request) {
  std::vector<Walked> asked;
  for (const Walked& walked : walks) {
    if (!walked.whole() || !reaches_model(prober.run().look(), walked.journey)) continue;
    const auto changed = with_request(walked.config, request);
    if (!changed) continue;
    const std::int64_t user = walked.fresh_user ? prober.fresh_user() : walked.journey + 1;
    asked.push_back(PL_TRY(prober.walk(walked.journey, *changed, user, changed->steps.size())));
  }
  return asked;
}

}  // namespace pl::engine

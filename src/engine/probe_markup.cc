#include <algorithm>
#include <array>
#include <optional>

#include "engine/prober.h"
#include "load/text.h"
#include "scan/markup.h"

namespace pl::engine {
namespace {

constexpr std::string_view kToken = "q7m2";  ///< Harmless, and the same in each run.
constexpr int kDepth = 4;                    ///< Levels of a body that are looked through for a text.
constexpr std::array<std::string_view, 9> kNoText = {"user", "username", "name", "email", "password",
                                                     "role", "model",    "chat", "id"};

/// Adds the request for markup to the first text that customers write by hand.
bool add_request(Json& document, int depth) {
  if (depth == 0) return false;
  if (document.is_object()) {
    const Json before = document;
    for (const auto& [name, value] : before.members()) {
      if (std::ranges::find(kNoText, load::lower(name)) != kNoText.end()) continue;
      Json changed = value;
      if (value.is_string()) changed = Json(value.as_string() + " " + scan::markup_request(kToken));
      if (!value.is_string() && !add_request(changed, depth - 1)) continue;
      document.set(name, std::move(changed));
      return true;
    }
  }
  if (!document.is_array() || document.size() == 0) return false;
  Json::Array items = document.items();
  if (!add_request(items.back(), depth - 1)) return false;
  document = Json(std::move(items));
  return true;
}

bool add_request(conf::Step& step) {
  if (step.body_kind == conf::Step::Body::json) return add_request(step.json, kDepth);
  if (step.body_kind != conf::Step::Body::form) return false;
  for (auto& [name, value] : step.form) {
    if (std::ranges::find(kNoText, load::lower(name)) != kNoText.end()) continue;
    value += " " + scan::markup_request(kToken);
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

/// The journey with the request in its last text.
std::optional<conf::Journey> asking(const conf::Journey& journey) {
  conf::Journey changed = journey;
  for (std::size_t i = changed.steps.size(); i-- > 0;) {
    if (add_request(changed.steps[i])) return changed;
  }
  return std::nullopt;
}

}  // namespace

Result<void> probe_markup(Prober& prober, const std::vector<Walked>& walks) {
  for (const Walked& walked : walks) {
    if (!walked.whole() || !reaches_model(prober.run().look(), walked.journey)) continue;
    const auto changed = asking(walked.config);
    if (!changed) continue;
    const std::int64_t user = walked.fresh_user ? prober.fresh_user() : walked.journey + 1;
    const Walked asked = PL_TRY(prober.walk(walked.journey, *changed, user, changed->steps.size()));
    record::MarkupProbed seen{.journey = walked.journey};
    for (std::size_t i = 0; i < asked.steps.size(); ++i) {
      const scan::MarkupSeen found = scan::find_markup(asked.steps[i].asked, kToken);
      if (found.form.empty() || (seen.raw && !found.raw)) continue;
      seen.step = static_cast<std::int64_t>(i);
      seen.target = asked.plan.steps[i].label;
      seen.form = found.form;
      seen.raw = found.raw;
      seen.excerpt = found.excerpt;
    }
    prober.run().observe(seen);
  }
  return {};
}

}  // namespace pl::engine

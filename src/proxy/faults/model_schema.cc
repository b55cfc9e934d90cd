#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

constexpr int kNoText = 42;

/// Puts another value in the place of a member, if there is one.
void replace(Json& json, std::string_view name, Json value) {
  if (json.has(name)) json.set(name, std::move(value));
}

Json changed(Json json, std::string_view name, Json value) {
  replace(json, name, std::move(value));
  return json;
}

/// A list becomes its first element, a text a number.
void change(ModelRoute route, Json& json) {
  switch (route) {
    case ModelRoute::chat: {
      Json choice = json["choices"].at(0);
      for (const std::string_view part : {"message", "delta"}) {
        replace(choice, part, changed(choice[part], "content", kNoText));
      }
      return replace(json, "choices", std::move(choice));
    }
    case ModelRoute::responses:
      replace(json, "delta", kNoText);
      replace(json, "output", json["output"].at(0));
      return replace(json, "response", changed(json["response"], "output", json["response"]["output"].at(0)));
    case ModelRoute::embeddings:
      return replace(json, "data", json["data"].at(0));
    case ModelRoute::messages:
      replace(json, "content", kNoText);
      replace(json, "message", changed(json["message"], "content", kNoText));
      return replace(json, "delta", changed(json["delta"], "text", kNoText));
  }
}

struct ModelSchemaSetting {
  explicit ModelSchemaSetting(const Values&) {}
  HttpPlan plan(const HttpRequest& request, Rng&) const {
    const auto asked = read_model_request(request);
    return {.answer = model_answer(request, *asked, {.pieces = {"An ", "answer."}}, change)};
  }
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_schema(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelSchemaSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

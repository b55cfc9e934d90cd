#include "base/json.h"
#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

/// What an event of a text is for its reader.
enum class Part : std::uint8_t { text, end, other };

Part part_of(const wire::SseEvent& event) {
  if (event.data == "[DONE]" || event.type == "response.output_text.done" || event.type == "content_block_stop") {
    return Part::end;
  }
  if (event.type == "response.output_text.delta") return Part::text;
  const auto json = Json::parse(event.data);
  if (!json) return Part::other;
  if (event.type == "content_block_delta") return (*json)["delta"].has("text") ? Part::text : Part::other;
  const Json& choice = (*json)["choices"].at(0);
  if (choice["finish_reason"].is_string()) return Part::end;
  return choice["delta"]["content"].as_string().empty() ? Part::other : Part::text;
}

struct ModelEndlessSetting {
  explicit ModelEndlessSetting(const Values& values)
      : pause(static_cast<Ns>(values["pause"] * kMs)), most(static_cast<std::int64_t>(values["most"])) {}
  HttpPlan plan(const HttpRequest&, Rng&) const;

  Ns pause;
  std::int64_t most;
};

/// Stays before the event that ends the text and repeats the one before it.
class Endless : public EventStream {
 public:
  explicit Endless(const ModelEndlessSetting& setting) : setting_(setting) {}

 private:
  Reaction event(const StreamEvent& event) override {
    const Part part = done_ < setting_.most ? part_of(event.sse) : Part::other;
    if (part == Part::text) text_ = event.bytes;
    if (part != Part::end || text_.empty()) return pass(event);
    ++done_;
    return {.piece = {.out = text_, .pause = setting_.pause}, .again = true};
  }
  Ns wait(Ns) const override { return setting_.pause; }

  const ModelEndlessSetting& setting_;
  std::int64_t done_ = 0;
  std::string text_;
};

HttpPlan ModelEndlessSetting::plan(const HttpRequest&, Rng&) const {
  return {.filter = std::make_unique<Endless>(*this), .plain = true};
}

}  // namespace

Result<std::unique_ptr<Fault>> make_model_endless(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelEndlessSetting, ModelScope::streams>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

/// The event by which a reader knows that the stream is whole. Routes need not be told apart: none has another's.
bool is_last(const wire::SseEvent& event) {
  static constexpr std::string_view kLast[] = {"response.completed", "response.incomplete", "response.failed",
                                               "message_stop"};
  return event.data == "[DONE]" || std::ranges::find(kLast, event.type) != std::end(kLast);
}

class NoEnd : public EventStream {
  Reaction event(const StreamEvent& event) override { return is_last(event.sse) ? Reaction() : pass(event); }
};

struct ModelNoEndSetting {
  explicit ModelNoEndSetting(const Values&) {}
  HttpPlan plan(const HttpRequest&, Rng&) const { return {.filter = std::make_unique<NoEnd>(), .plain = true}; }
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_no_end(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelNoEndSetting, ModelScope::streams>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

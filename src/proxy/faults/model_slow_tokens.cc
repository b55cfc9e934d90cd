#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

class SlowTokens : public EventStream {
 public:
  explicit SlowTokens(Ns pause) : pause_(pause) {}

 private:
  Reaction event(const StreamEvent& event) override {
    Reaction reaction = pass(event);
    if (event.number > 1) reaction.piece.pause = pause_;
    return reaction;
  }

  Ns pause_;
};

struct ModelSlowTokensSetting {
  explicit ModelSlowTokensSetting(const Values& values) : pause(static_cast<Ns>(values["ms"] * kMs)) {}
  HttpPlan plan(const HttpRequest&, Rng&) const {
    return {.filter = std::make_unique<SlowTokens>(pause), .plain = true};
  }

  Ns pause;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_slow_tokens(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelSlowTokensSetting, ModelScope::streams>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

struct ModelSlowTokensSetting {
  explicit ModelSlowTokensSetting(const Values& values) : pause(static_cast<Ns>(values["ms"] * kMs)) {}
  HttpPlan plan(const HttpRequest&, Rng&) const;

  Ns pause;
};

class SlowTokens : public EventStream {
 public:
  explicit SlowTokens(const ModelSlowTokensSetting& setting) : setting_(setting) {}

 private:
  Reaction event(const StreamEvent& event) override {
    Reaction reaction = pass(event);
    if (event.number > 1) reaction.piece.pause = setting_.pause;
    return reaction;
  }
  Ns wait(Ns) const override { return setting_.pause; }

  const ModelSlowTokensSetting& setting_;
};

HttpPlan ModelSlowTokensSetting::plan(const HttpRequest&, Rng&) const {
  return {.filter = std::make_unique<SlowTokens>(*this), .plain = true};
}

}  // namespace

Result<std::unique_ptr<Fault>> make_model_slow_tokens(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelSlowTokensSetting, ModelScope::streams>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

struct ModelCutSetting {
  explicit ModelCutSetting(const Values& values) : events(static_cast<std::int64_t>(values["events"])) {}
  HttpPlan plan(const HttpRequest&, Rng&) const;

  std::int64_t events;
};

class Cut : public EventStream {
 public:
  explicit Cut(const ModelCutSetting& setting) : setting_(setting) {}

 private:
  Reaction event(const StreamEvent& event) override {
    Reaction reaction = event.number <= setting_.events ? pass(event) : Reaction();
    if (event.number >= setting_.events) reaction.piece.then = Then::close;
    return reaction;
  }

  const ModelCutSetting& setting_;
};

HttpPlan ModelCutSetting::plan(const HttpRequest&, Rng&) const {
  return {.filter = std::make_unique<Cut>(*this), .plain = true};
}

}  // namespace

Result<std::unique_ptr<Fault>> make_model_cut(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelCutSetting, ModelScope::streams>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

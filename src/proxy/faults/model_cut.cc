#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

class Cut : public EventStream {
 public:
  explicit Cut(std::int64_t events) : events_(events) {}

 private:
  Reaction event(const StreamEvent& event) override {
    Reaction reaction = event.number <= events_ ? pass(event) : Reaction();
    if (event.number >= events_) reaction.piece.then = Then::close;
    return reaction;
  }

  std::int64_t events_;
};

struct ModelCutSetting {
  explicit ModelCutSetting(const Values& values) : events(static_cast<std::int64_t>(values["events"])) {}
  HttpPlan plan(const HttpRequest&, Rng&) const { return {.filter = std::make_unique<Cut>(events), .plain = true}; }

  std::int64_t events;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_cut(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelCutSetting, ModelScope::streams>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

/// The answer's body waits once; its head too, or not.
class SlowStart : public AnswerFilter {
 public:
  SlowStart(Ns pause, bool head_waits) : pause_(pause), head_waits_(head_waits) {}
  Ns head(wire::HttpHead&) override { return head_waits_ ? std::exchange(pause_, 0) : 0; }
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override {
    return {.out = std::string(std::exchange(payload, {})), .pause = std::exchange(pause_, 0)};
  }

 private:
  Ns pause_;
  bool head_waits_;
};

struct ModelSlowStartSetting {
  explicit ModelSlowStartSetting(const Values& values)
      : pause(static_cast<Ns>(values["ms"] * kMs)), head(values["head"] > 0) {}
  HttpPlan plan(const HttpRequest&, Rng&) const { return {.filter = std::make_unique<SlowStart>(pause, head)}; }

  Ns pause;
  bool head;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_slow_start(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelSlowStartSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

struct ModelSlowStartSetting {
  explicit ModelSlowStartSetting(const Values& values)
      : pause(static_cast<Ns>(values["ms"] * kMs)), head(values["head"] > 0) {}
  HttpPlan plan(const HttpRequest&, Rng&) const;

  Ns pause;
  bool head;
};

/// The answer's body waits once; its head too, or not.
class SlowStart : public AnswerFilter {
 public:
  explicit SlowStart(const ModelSlowStartSetting& setting) : setting_(setting) {}
  Ns head(wire::HttpHead&) override { return setting_.head ? once() : 0; }
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override {
    return {.out = std::string(std::exchange(payload, {})), .pause = once()};
  }
  Ns wait(Ns) const override { return setting_.pause; }

 private:
  Ns once() { return std::exchange(waited_, true) ? 0 : setting_.pause; }

  const ModelSlowStartSetting& setting_;
  bool waited_ = false;
};

HttpPlan ModelSlowStartSetting::plan(const HttpRequest&, Rng&) const {
  return {.filter = std::make_unique<SlowStart>(*this)};
}

}  // namespace

Result<std::unique_ptr<Fault>> make_model_slow_start(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelSlowStartSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

class Slow : public AnswerFilter {
 public:
  Slow(Ns head, Ns between) : head_(head), between_(between) {}
  Ns head(wire::HttpHead&) override { return head_; }
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override {
    return {.out = std::string(std::exchange(payload, {})), .pause = between_};
  }
  bool acted() const override { return head_ > 0 || between_ > 0; }

 private:
  Ns head_, between_;
};

struct HttpDelaySetting {
  explicit HttpDelaySetting(const Values& values)
      : head(static_cast<Ns>(values["head"] * kMs)), between(static_cast<Ns>(values["between"] * kMs)) {}
  HttpPlan plan(const HttpRequest&, Rng&) const { return {.filter = std::make_unique<Slow>(head, between)}; }

  Ns head, between;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_http_delay(const Values& values, FaultContext context) {
  return make_message_fault<HttpFault<HttpDelaySetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

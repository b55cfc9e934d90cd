#include "proxy/faults/http.h"

namespace pl::proxy::faults {
namespace {

struct HttpDelaySetting {
  explicit HttpDelaySetting(const Values& values)
      : head(static_cast<Ns>(values["head"] * kMs)), between(static_cast<Ns>(values["between"] * kMs)) {}
  HttpPlan plan(const HttpRequest&, Rng&) const;

  Ns head, between;
};

class Slow : public AnswerFilter {
 public:
  explicit Slow(const HttpDelaySetting& setting) : setting_(setting) {}
  Ns head(wire::HttpHead&) override { return setting_.head; }
  bool reframes() const override { return false; }
  Piece body(std::string_view& payload) override {
    in_body_ = true;
    return {.out = std::string(std::exchange(payload, {})), .pause = setting_.between};
  }
  Ns wait(Ns) const override { return in_body_ ? setting_.between : setting_.head; }
  bool acted() const override { return setting_.head > 0 || setting_.between > 0; }

 private:
  const HttpDelaySetting& setting_;
  bool in_body_ = false;
};

HttpPlan HttpDelaySetting::plan(const HttpRequest&, Rng&) const { return {.filter = std::make_unique<Slow>(*this)}; }

}  // namespace

Result<std::unique_ptr<Fault>> make_http_delay(const Values& values, FaultContext context) {
  return make_message_fault<HttpFault<HttpDelaySetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

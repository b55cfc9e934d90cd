#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

constexpr std::string_view kComment = ": keep-alive\n\n";
constexpr std::string_view kPing = "event: ping\ndata: {\"type\": \"ping\"}\n\n";  ///< Anthropic's messages-streaming.

/// Stays at one event for good, asked again for each sign of life.
class Stalled : public EventStream {
 public:
  Stalled(std::int64_t events, Ns keep_alive, std::string_view sign)
      : events_(events), keep_alive_(keep_alive), sign_(sign) {}

 private:
  Reaction event(const StreamEvent& event) override {
    if (event.number < events_) return pass(event);
    if (std::exchange(stalled_, true))
      return {.piece = {.out = std::string(sign_), .pause = keep_alive_}, .again = true};
    Reaction last = event.number == events_ ? pass(event) : Reaction();
    if (keep_alive_ == 0) last.piece.then = Then::stall;
    last.again = keep_alive_ > 0;
    last.sent = event.number == events_;
    return last;
  }

  std::int64_t events_;
  Ns keep_alive_;
  std::string_view sign_;
  bool stalled_ = false;
};

struct ModelStallSetting {
  explicit ModelStallSetting(const Values& values)
      : events(static_cast<std::int64_t>(values["events"])), keep_alive(static_cast<Ns>(values["keep_alive"] * kMs)) {}
  HttpPlan plan(const HttpRequest& request, Rng&) const {
    const bool anthropic = read_model_request(request)->route == ModelRoute::messages;
    return {.filter = std::make_unique<Stalled>(events, keep_alive, anthropic ? kPing : kComment), .plain = true};
  }

  std::int64_t events;
  Ns keep_alive;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_model_stall(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelStallSetting, ModelScope::streams>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

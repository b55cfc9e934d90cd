#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

constexpr std::string_view kComment = ": keep-alive\n\n";
constexpr std::string_view kPing = "event: ping\ndata: {\"type\": \"ping\"}\n\n";  ///< Anthropic's messages-streaming.

constexpr Ns kForGood = 365 * 24 * 3600 * kSec;  ///< Longer than any answer.

struct ModelStallSetting {
  explicit ModelStallSetting(const Values& values)
      : events(static_cast<std::int64_t>(values["events"])), keep_alive(static_cast<Ns>(values["keep_alive"] * kMs)) {}
  HttpPlan plan(const HttpRequest& request, Rng&) const;
  /// Until the next sign of life.
  Ns silence() const { return keep_alive > 0 ? keep_alive : kForGood; }

  std::int64_t events;
  Ns keep_alive;
};

/// Stays at one event as long as the setting says so, asked again for each sign of life.
class Stalled : public EventStream {
 public:
  Stalled(const ModelStallSetting& setting, std::string_view sign) : setting_(setting), sign_(sign) {}

 private:
  Reaction event(const StreamEvent& event) override {
    told_ = told_ && event.number == at_;
    silent_ = silent_ && event.number == at_;
    at_ = event.number;
    if (at_ < setting_.events) return told_ ? Reaction() : pass(event);
    if (at_ > setting_.events || told_) {
      // Silence and a sign of life in turn: what ends the silence may be that the stream goes on.
      silent_ = !silent_;
      if (silent_) return {.piece = {.pause = setting_.silence()}, .again = true};
      return {.piece = {.out = std::string(sign_)}, .again = true};
    }
    Reaction last = pass(event);
    last.again = last.sent = told_ = true;
    return last;
  }
  Ns wait(Ns) const override { return at_ < setting_.events ? 0 : setting_.silence(); }

  const ModelStallSetting& setting_;
  std::string_view sign_;
  std::int64_t at_ = 0;  ///< The event that it was asked about last.
  bool told_ = false;    ///< Which was sent.
  bool silent_ = false;  ///< The last thing was silence.
};

HttpPlan ModelStallSetting::plan(const HttpRequest& request, Rng&) const {
  const bool anthropic = read_model_request(request)->route == ModelRoute::messages;
  return {.filter = std::make_unique<Stalled>(*this, anthropic ? kPing : kComment), .plain = true};
}

}  // namespace

Result<std::unique_ptr<Fault>> make_model_stall(const Values& values, FaultContext context) {
  return make_message_fault<ModelFault<ModelStallSetting, ModelScope::streams>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#pragma once
#include <deque>

#include "base/json.h"
#include "os/clock.h"
#include "record/kinds.h"

namespace pl::sandbox {

/// The supervisor's way to the engine. Never waits: what does not fit in the channel is queued up to
/// limits::kHandoffQueue messages, beyond that counted and told when there is room again.
class Outbox {
 public:
  Outbox(int channel, const os::Clock& clock) : channel_(channel), clock_(clock) {}

  void send(Json message);
  /// An observation, seen now.
  template <class Kind>
  void see(const Kind& kind) {
    Json message = Json::object();
    message.set("op", "see").set("kind", std::string(Kind::kName)).set("at", clock_.now());
    message.set("payload", record::encode(kind));
    send(std::move(message));
  }
  /// The answer to a call of the engine; an empty error means success.
  void answer(const Json& call, std::string error = {}, Json extra = {});
  /// Sends what waits.
  void flush();
  const os::Clock& clock() const { return clock_; }

 private:
  int channel_;
  const os::Clock& clock_;
  std::deque<Json> waiting_;
  std::int64_t lost_ = 0;
};

}  // namespace pl::sandbox

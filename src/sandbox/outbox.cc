#include "sandbox/outbox.h"

#include <string>

#include "base/limits.h"
#include "sandbox/channel.h"

namespace pl::sandbox {

void Outbox::send(Json message) {
  if (waiting_.size() >= limits::kHandoffQueue) {
    ++lost_;
    return;
  }
  waiting_.push_back(std::move(message));
  flush();
}

void Outbox::flush() {
  while (!waiting_.empty()) {
    const auto sent = send_packet(channel_, waiting_.front(), {}, false);
    if (!sent && sent.error().source_code != 0) return;  // No room now, or nobody there.
    waiting_.pop_front();                                // Sent, or too long ever to be sent.
  }
  if (lost_ > 0) {
    record::InstrumentFailed failed{"limit", std::to_string(lost_) + " observations of the sandbox were lost"};
    lost_ = 0;
    see(failed);
  }
}

void Outbox::answer(const Json& call, std::string error, Json extra) {
  Json message = Json::object();
  message.set("op", "answer").set("id", call["id"]).set("error", std::move(error));
  for (const auto& [key, value] : extra.members()) message.set(key, value);
  send(std::move(message));
}

}  // namespace pl::sandbox

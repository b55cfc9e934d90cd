#pragma once
#include <cstddef>
#include <string>
#include <string_view>

/// Event streams without I/O (WHATWG HTML, section 9.2, "Server-sent events").
namespace pl::wire {

/// One event as it is dispatched.
struct SseEvent {
  std::string type = "message";
  std::string data;  ///< The data lines, joined by LF.
  std::string id;    ///< Last id seen so far.
};

/// Reads events from bytes split anywhere. An event that the stream's end cuts off is dropped, as the standard says.
/// One owner, one thread.
class SseParser {
 public:
  enum class Step {
    more,   ///< The input is used up.
    event,  ///< event() is whole.
    error,  ///< A line or an event is over limits::kSseEventBytes. Nothing can follow.
  };

  /// Takes bytes from the front of `input` up to the next event. Call until it returns `more` or `error`.
  Step next(std::string_view& input);
  const SseEvent& event() const { return event_; }
  /// Reconnection time that the stream asked for, in ms; -1: none.
  long retry_ms() const { return retry_ms_; }

 private:
  bool on_line();

  SseEvent event_;
  SseEvent building_{"", "", ""};
  std::string line_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool first_line_ = true;
  bool failed_ = false;
  long retry_ms_ = -1;
};

/// One event as it stands on the wire; type "message" is not written out.
std::string encode_sse(std::string_view data, std::string_view type = "message");

}  // namespace pl::wire

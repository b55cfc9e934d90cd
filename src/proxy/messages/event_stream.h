#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/messages/http_answer.h"
#include "wire/sse.h"

namespace pl::proxy {

/// One event of an event stream. Holds as long as the call.
struct StreamEvent {
  std::string_view bytes;     ///< As it came: all its lines, and the empty one behind them.
  const wire::SseEvent& sse;  ///< What it says.
  std::int64_t number;        ///< From 1; comments and pings are not counted.
};

/// A filter of answers that are event streams (WHATWG HTML, section 9.2): hands each whole event to event(), whose
/// answer is sent instead. Passed as they came: comments, events named "ping" (the comment of Anthropic's streams), an
/// event over limits::kSseEventBytes with all that follows it, a stream that ends lines with a lone CR, an event that
/// the stream's end cuts off, and every answer that is no successful event stream or has a content coding. A whole
/// JSON document may be rewritten too.
class EventStream : public AnswerFilter {
 public:
  Ns head(wire::HttpHead& head) final;
  bool reframes() const final { return kind_ != Kind::other; }
  Piece body(std::string_view& payload) final;
  Piece end() final;
  std::optional<Held> let_go() final;
  bool acted() const final { return acted_; }
  bool unreadable() const final { return unreadable_; }

 protected:
  /// What is sent for an event.
  struct Reaction {
    Piece piece{};
    bool again = false;  ///< After the pause it asks about the same event once more; without a pause it must lead on.
    bool sent = false;   ///< With `again`: the event is in what was sent already.
  };
  virtual Reaction event(const StreamEvent& event) = 0;
  /// Whether document() is wanted; then JSON is held until it is whole, up to limits::kFaultMessageBytes.
  virtual bool reads_documents() const { return false; }
  virtual std::string document(std::string body) { return body; }
  static Reaction pass(const StreamEvent& event) { return {.piece = {.out = std::string(event.bytes)}}; }

 private:
  enum class Kind : std::uint8_t { other, events, document };

  Reaction on_block();
  bool has_bare_cr(std::size_t from) const;
  Piece touch_no_more(std::string_view& payload);

  Kind kind_ = Kind::other;
  std::string block_;      ///< Lines of an event, or all of a document, that were not sent yet.
  std::size_t line_ = 0;   ///< Where its last line begins.
  bool again_ = false;     ///< It is asked about again.
  bool sent_ = false;      ///< And was sent.
  std::int64_t seen_ = 0;  ///< Events that were dealt with.
  bool unreadable_ = false;
  bool acted_ = false;  ///< Something was sent otherwise than it came, or later.
};

}  // namespace pl::proxy

#include "proxy/messages/event_stream.h"

#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace pl::proxy {
namespace {

/// The media type of an answer, without its parameters, in lower case (RFC 9110 section 8.3.1).
std::string media_type(const wire::HttpHead& head) {
  const std::string_view value = head.value("Content-Type");
  return lower(value.substr(0, value.find_first_of("; \t")));
}

}  // namespace

Ns EventStream::head(wire::HttpHead& head) {
  const bool success = head.status >= 200 && head.status < 300;
  const std::string type = media_type(head);
  if (success && type == "text/event-stream") kind_ = Kind::events;
  if (success && type == "application/json" && reads_documents()) kind_ = Kind::document;
  unreadable_ = kind_ != Kind::other && has_content_coding(head);
  if (unreadable_) kind_ = Kind::other;
  return 0;
}

AnswerFilter::Piece EventStream::body(std::string_view& payload) {
  const std::size_t most = kind_ == Kind::document ? limits::kFaultMessageBytes : limits::kSseEventBytes;
  while (!payload.empty() && kind_ != Kind::other) {
    const std::size_t lf = kind_ == Kind::events ? payload.find('\n') : payload.npos;
    const std::size_t size = lf == payload.npos ? payload.size() : lf + 1;
    if (block_.size() + size > most) return touch_no_more(payload);
    const std::size_t before = block_.size();
    block_ += payload.substr(0, size);
    if (kind_ == Kind::events && has_bare_cr(before)) {
      payload.remove_prefix(size);
      return touch_no_more(payload);
    }
    const std::string_view line = std::string_view(block_).substr(line_);
    if (lf != payload.npos && (line == "\n" || line == "\r\n")) {
      Reaction reaction = on_block();
      // The event's last byte stays behind, so that this is asked again.
      payload.remove_prefix(reaction.again ? size - 1 : size);
      again_ = reaction.again;
      sent_ = again_ && (sent_ || reaction.sent);
      if (reaction.again) {
        block_.pop_back();
      } else {
        block_.clear();
        line_ = 0;
      }
      return std::move(reaction.piece);
    }
    payload.remove_prefix(size);
    if (lf != payload.npos) line_ = block_.size();
  }
  return {.out = std::string(std::exchange(payload, {}))};
}

AnswerFilter::Piece EventStream::end() {
  std::string rest = std::exchange(block_, {});
  if (kind_ != Kind::document || rest.empty()) return {.out = std::move(rest)};
  std::string out = document(rest);
  acted_ = acted_ || out != rest;
  return {.out = std::move(out)};
}

std::optional<AnswerFilter::Held> EventStream::let_go() {
  if (sent_) return Held{.sent = 1, .own = true};
  return Held{.bytes = std::exchange(block_, {}), .own = again_};
}

EventStream::Reaction EventStream::on_block() {
  wire::SseParser parser;
  std::string_view input = block_;
  const bool is_event = parser.next(input) == wire::SseParser::Step::event && parser.event().type != "ping";
  if (!is_event) return {.piece = {.out = block_}};
  Reaction reaction = event({block_, parser.event(), seen_ + 1});
  if (!reaction.again) ++seen_;
  const AnswerFilter::Piece& piece = reaction.piece;
  acted_ = acted_ || piece.out != block_ || piece.pause > 0 || piece.then != Then::go_on;
  return reaction;
}

/// Whether a CR without LF stands in what was added to the block from that place on.
bool EventStream::has_bare_cr(std::size_t from) const {
  const std::size_t cr = block_.find('\r', from > line_ ? from - 1 : line_);
  return cr != block_.npos && cr + 1 < block_.size() && block_[cr + 1] != '\n';
}

AnswerFilter::Piece EventStream::touch_no_more(std::string_view& payload) {
  kind_ = Kind::other;
  unreadable_ = true;
  std::string out = std::exchange(block_, {});
  out += std::exchange(payload, {});
  return {.out = std::move(out)};
}

}  // namespace pl::proxy

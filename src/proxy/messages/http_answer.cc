#include "proxy/messages/http_answer.h"

#include <algorithm>
#include <utility>

namespace pl::proxy {
namespace {

using Event = wire::Http1Parser::Step;

/// Whether bytes can be the beginning of an answer's head (RFC 9112 section 4). The parser tells only at a line's end,
/// which other protocols may never send.
bool may_be_answer(std::string_view bytes) {
  constexpr std::string_view kVersion = "HTTP/1.";
  bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  return bytes.substr(0, kVersion.size()) == kVersion.substr(0, bytes.size());
}

void drop_field(wire::HttpHead& head, std::string_view name) {
  std::erase_if(head.headers, [&](const auto& field) { return wire::equal_ignoring_case(field.name, name); });
}

}  // namespace

bool has_content_coding(const wire::HttpHead& head) {
  const std::string_view coding = head.value("Content-Encoding");
  return !coding.empty() && !wire::equal_ignoring_case(coding, "identity");
}

FilteredAnswer::FilteredAnswer(std::unique_ptr<AnswerFilter> filter, AnswerTo to)
    : filter_(std::move(filter)), old_(to.old) {
  if (to.head) parser_.next_has_no_body();
}

bool FilteredAnswer::let_go() {
  const std::optional<AnswerFilter::Held> held = filter_->let_go();
  if (!held) return false;
  released_ = held->own ? std::string() : std::exchange(ready_, {});
  ready_.clear();
  if (!held->bytes.empty()) released_ += framed(held->bytes);
  payload_.erase(0, held->sent);
  filter_ = std::make_unique<PassingFilter>();
  then_ = Then::go_on;
  asked_ = 0;
  stalled_ = false;
  return true;
}

Step FilteredAnswer::next(const Waiting& waiting, Ns now, Measure& measure) {
  if (stalled_) return {.hold_end = true};
  if (now < due()) return {.hold_end = true, .again = due()};
  Step step{.insert = std::exchange(released_, {})};
  if (asked_ > 0) {
    measure.delay(due() - since_, now - since_);
    asked_ = 0;
    step.insert += std::exchange(ready_, {});
    after(std::exchange(then_, Then::go_on), step);
  }
  std::string_view rest = waiting.bytes;
  starved_ = false;
  while (!over_ && !stalled_ && !starved_ && due() <= now) advance(rest, waiting, now, step);
  if (!counted_ && headed_ && filter_->acted()) {
    counted_ = true;
    ++measure.acted;
  }
  step.drop = waiting.bytes.size() - rest.size();
  if (step.close) step.drop = waiting.bytes.size();
  if (due() > now) step.again = due();
  step.hold_end = !over_ && (stalled_ || due() > now);
  return step;
}

void FilteredAnswer::advance(std::string_view& bytes, const Waiting& waiting, Ns now, Step& step) {
  if (!payload_.empty() && !skipping_) {
    std::string_view left = payload_;
    AnswerFilter::Piece piece = filter_->body(left);
    payload_.erase(0, payload_.size() - left.size());
    return give(std::move(piece), false, now, step);
  }
  if (whole_ && skipping_) {
    over_ = true;
  } else if (whole_) {
    give(filter_->end(), true, now, step);
  } else {
    const std::string_view before = bytes;
    Event event = parser_.next(bytes);
    if (!headed_) head_ += before.substr(0, before.size() - bytes.size());
    if (!headed_ && event == Event::more && !may_be_answer(head_)) event = Event::error;
    on_event(event, waiting.end, now, step);
  }
}

void FilteredAnswer::on_event(Event event, End end, Ns now, Step& step) {
  switch (event) {
    case Event::head:
      return on_head(now, step);
    case Event::body:
      if (!skipping_) payload_ = parser_.body();
      return;
    case Event::end:
      whole_ = parser_.head().status >= 200;
      return;
    case Event::more:
      if (end == End::fin && parser_.finish() == Event::end) {
        whole_ = true;
      } else if (end != End::none) {
        over_ = true;  // cut by the server itself: its end goes on as it is
        step.insert += std::exchange(head_, {});
      }
      starved_ = !whole_;
      return;
    case Event::error:
      over_ = true;
      upgraded_ = !headed_;  // never was HTTP
      step.close = headed_;
      step.insert += std::exchange(head_, {});
      return;
  }
}

void FilteredAnswer::on_head(Ns now, Step& step) {
  wire::HttpHead head = parser_.head();
  head_.clear();
  headed_ = head.status >= 200;
  upgraded_ = over_ = head.status == wire::kHttpSwitching;
  if (head.status < 200) {
    step.insert += wire::encode_response_head(head.status, head.reason, head.headers);
    return;
  }
  const Ns time = filter_->head(head);
  // An answer to HEAD has the field, and no chunks.
  chunked_ = parser_.has_body() && wire::header_has_token(head.headers, "Transfer-Encoding", "chunked");
  if (filter_->reframes() && parser_.has_body() && !chunked_) {
    drop_field(head, "Content-Length");
    chunked_ = head.minor >= 1 && !old_;
    ends_by_close_ = !chunked_;
    if (chunked_) head.headers.push_back({"Transfer-Encoding", "chunked"});
  }
  std::string text = wire::encode_response_head(head.status, head.reason, head.headers);
  if (time <= 0) {
    step.insert += text;
    return;
  }
  pause(std::move(text), time, now);
}

void FilteredAnswer::give(AnswerFilter::Piece piece, bool at_end, Ns now, Step& step) {
  if (at_end && piece.pause <= 0 && piece.then == Then::go_on) piece.then = Then::last;
  if (piece.pause > 0) {
    then_ = piece.then;
    return pause(framed(piece.out), piece.pause, now);
  }
  step.insert += framed(piece.out);
  after(piece.then, step);
}

void FilteredAnswer::pause(std::string out, Ns time, Ns now) {
  ready_ = std::move(out);
  since_ = now;
  asked_ = time;
}

void FilteredAnswer::after(Then then, Step& step) {
  if (then == Then::stall) {
    stalled_ = true;
  } else if (then == Then::close) {
    step.close = true;
    over_ = true;
  } else if (then == Then::last || then == Then::last_and_close) {
    if (chunked_) step.insert += whole_ ? wire::encode_last_chunk(parser_.trailers()) : std::string(wire::kLastChunk);
    step.close = ends_by_close_ || then == Then::last_and_close;
    skipping_ = true;
    over_ = whole_;
  }
}

std::string FilteredAnswer::framed(std::string_view payload) const {
  return chunked_ ? wire::encode_chunk(payload) : std::string(payload);
}

}  // namespace pl::proxy

#include "proxy/messages/http2_answer.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pl::proxy {
namespace {

bool is_pseudo(const wire::HttpHeader& field) { return field.name.starts_with(':'); }

void copy_fields(const wire::HttpHeaders& from, wire::HttpHead& to) {
  for (const wire::HttpHeader& field : from) {
    if (!is_pseudo(field)) to.headers.push_back(field);
  }
}

bool same(const wire::HttpHead& a, const wire::HttpHead& b) {
  return a.status == b.status && std::ranges::equal(a.headers, b.headers, [](const auto& one, const auto& two) {
           return one.name == two.name && one.value == two.value;
         });
}

}  // namespace

wire::HttpHead request_head_of(const wire::HttpHeaders& fields) {
  wire::HttpHead head;
  for (const auto& [name, value] : fields) {
    if (name == ":method") head.method = value;
    if (name == ":path") head.target = value;
    if (name == ":authority" && !wire::find_header(fields, "host")) head.headers.push_back({"host", value});
  }
  copy_fields(fields, head);
  return head;
}

wire::HttpHead response_head_of(const wire::HttpHeaders& fields) {
  wire::HttpHead head;
  if (const std::string* status = wire::find_header(fields, ":status")) {
    std::from_chars(status->data(), status->data() + status->size(), head.status);
  }
  copy_fields(fields, head);
  return head;
}

wire::HttpHeaders response_fields_of(const wire::HttpHead& head) {
  static constexpr std::string_view kOfConnections[] = {"connection", "proxy-connection", "keep-alive",
                                                        "transfer-encoding", "upgrade"};
  wire::HttpHeaders fields{{":status", std::to_string(head.status)}};
  for (const wire::HttpHeader& field : head.headers) {
    const auto is = [&](std::string_view name) { return wire::equal_ignoring_case(field.name, name); };
    if (std::ranges::none_of(kOfConnections, is)) fields.push_back(field);
  }
  return fields;
}

void Http2Answer::on_end(wire::HttpHeaders trailers) {
  trailers_ = std::move(trailers);
  whole_ = true;
}

bool Http2Answer::let_go() {
  const std::optional<AnswerFilter::Held> held = filter_->let_go();
  filter_ = std::make_unique<PassingFilter>();
  over_ = over_ || !held;
  if (!held) return false;
  payload_.erase(0, held->sent);
  if (held->own) ready_.body.clear();
  ready_.body += held->bytes;
  ready_.taken += held->sent;
  ready_.then = Then::go_on;
  asked_ = 0;
  freed_ = ready_.head || !ready_.body.empty() || ready_.taken > 0;
  stalled_ = false;
  return true;
}

Http2Answer::Turn Http2Answer::turn(Ns now, Measure* measure) {
  Turn done = next(now, measure);
  if (!counted_ && headed_ && filter_->acted()) {
    counted_ = true;
    if (measure) ++measure->acted;
  }
  return done;
}

Http2Answer::Turn Http2Answer::next(Ns now, Measure* measure) {
  if (stalled_ || over_) return {};
  if (std::exchange(freed_, false)) return sent(std::exchange(ready_, {}));
  if (asked_ > 0) {
    const Ns end = due();
    if (now < end) return {};
    if (measure) measure->delay(end - since_, now - since_);
    asked_ = 0;
    return sent(std::exchange(ready_, {}));
  }
  if (head_) return on_head_turn(now);
  if (!headed_) return {};
  if (!payload_.empty()) {
    std::string_view left = payload_;
    AnswerFilter::Piece piece = filter_->body(left);
    const std::size_t taken = payload_.size() - left.size();
    payload_.erase(0, taken);
    return give(std::move(piece), taken, now);
  }
  if (cut_) return sent({.then = Then::close});
  if (!whole_) return {};
  AnswerFilter::Piece piece = filter_->end();
  if (piece.pause <= 0 && piece.then == Then::go_on) piece.then = Then::last;
  return give(std::move(piece), 0, now);
}

Http2Answer::Turn Http2Answer::on_head_turn(Ns now) {
  const wire::HttpHeaders fields = *std::exchange(head_, std::nullopt);
  const wire::HttpHead came = response_head_of(fields);
  wire::HttpHead head = came;
  headed_ = true;
  const Ns time = filter_->head(head);
  if (filter_->reframes()) {
    std::erase_if(head.headers,
                  [](const auto& field) { return wire::equal_ignoring_case(field.name, "Content-Length"); });
  }
  const bool as_it_came = same(came, head);
  return pause({.head = response_fields_of(head), .as_it_came = as_it_came}, time, now);
}

Http2Answer::Turn Http2Answer::give(AnswerFilter::Piece piece, std::size_t taken, Ns now) {
  return pause({.body = std::move(piece.out), .taken = taken, .then = piece.then}, piece.pause, now);
}

Http2Answer::Turn Http2Answer::pause(Turn turn, Ns time, Ns now) {
  if (time <= 0) return sent(std::move(turn));
  ready_ = std::move(turn);
  since_ = now;
  asked_ = time;
  return {};
}

Http2Answer::Turn Http2Answer::sent(Turn turn) {
  turn.moved = true;
  stalled_ = turn.then == Then::stall;
  over_ = turn.then != Then::go_on && turn.then != Then::stall;
  return turn;
}

}  // namespace pl::proxy

#include "proxy/messages/http2_tap.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace pl::proxy {

using wire::Http2Error;
using wire::Http2Type;

bool Http2Stream::over() const {
  if (!told || !server_over) return false;
  return client_over || (request == Request::passing && !cut && out[index(Way::up)].idle());
}

Http2Tap::Http2Tap(HttpPlanner& planner, Measure& measure, Rng rng, const Http2State& state)
    : planner_(&planner), measure_(measure), rng_(rng), state_(state) {
  for (const Way way : kWays) {
    mid_[index(way)] = state_.greeted[index(way)] && !reader(way).between_frames();
    sent_[index(way)] = reader(way).unsaid().size();
  }
}

Http2Stream* Http2Tap::find(std::uint32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

/// One more is acted on; the oldest of too many is forgotten, of which the client has heard the end.
Http2Stream& Http2Tap::track(std::uint32_t id) {
  if (streams_.size() >= limits::kHttp2Streams) {
    const auto told = std::ranges::find_if(streams_, [](const auto& one) { return one.second.told; });
    if (told != streams_.end()) streams_.erase(told);
  }
  Http2Stream& stream = streams_[id];
  stream.id = id;
  for (const Way way : kWays) stream.out[index(way)].window = state_.initial[index(way)];
  return stream;
}

/// Nothing was done that must be done on.
bool Http2Tap::clean() const {
  const auto of_way = [&](Way way) {
    const std::size_t at = index(way);
    return !rewritten_[at] && debt_[at] == 0 && pending_[at].empty() && stuck_[at].empty();
  };
  return untouched_ || (streams_.empty() && !goaway_ && !closing_ && of_way(Way::up) && of_way(Way::down));
}

/// Whether nothing more of a way is read for now.
bool Http2Tap::holds(Way way) {
  const std::size_t at = index(way);
  if (!stuck_[at].empty()) {
    const bool fits = static_cast<std::int64_t>(reader(way).frame().length) <= state_.window[at];
    if (debt_[at] > 0 && !fits && !gone_[index(other(way))]) return true;
    pass(way, std::exchange(stuck_[at], {}));
    mid_[at] = true;
  }
  return way == Way::down && held_ >= limits::kHttp2HeldBytes && !gone_[index(Way::up)];
}

Step Http2Tap::admit(Way way, const Waiting& waiting, Ns now) {
  std::string_view rest = waiting.bytes;
  gone_[index(way)] = waiting.end != End::none;
  if (!untouched_) read(way, rest, now);
  if (untouched_) {
    out_[index(way)] += rest;
    rest = {};
  } else {
    run(now);
  }
  Step step{.drop = waiting.bytes.size() - rest.size()};
  step.insert = std::exchange(out_[index(way)], {});
  step.answer = std::exchange(out_[index(other(way))], {});
  step.close = closes();
  step.hold_end = way == Way::down && keeps_end_ && !gone_[index(Way::up)];
  step.again = next_;
  return step;
}

/// The rest passes by itself where nothing was done; else it would make no sense.
void Http2Tap::broken(std::string_view& rest) {
  if (!clean()) {
    closing_ = true;
    pending_[index(Way::down)].clear();
    if (!mid_[index(Way::down)]) {
      put(Way::down, wire::encode_http2_goaway(state_.last_stream, Http2Error::protocol_error));
    }
    rest = {};
    return;
  }
  untouched_ = true;
  for (const Way one : kWays) out_[index(one)] += reader(one).unsaid().substr(sent_[index(one)]);
}

void Http2Tap::read(Way way, std::string_view& rest, Ns now) {
  while (!rest.empty() && !closes() && !holds(way)) {
    const Event event = reader(way).next(rest);
    if (event == Event::more) return;
    if (event == Event::error) return broken(rest);
    on_event(way, event, now);
  }
}

void Http2Tap::on_event(Way way, Event event, Ns now) {
  const std::size_t at = index(way);
  if (event == Event::preface) return pass(way, reader(way).raw());
  state_.greeted[at] = true;
  if (sent_[at] > 0) {
    // Half of it went by before the fault came.
    if (event != Event::part) state_.note(way);
    mid_[at] = event == Event::part && !reader(way).ends();
    return pass(way, reader(way).raw().substr(std::exchange(sent_[at], 0)));
  }
  if (event == Event::headers) return on_headers(way, now);
  if (event == Event::frame) return on_frame(way);
  on_part(way, now);
}

void Http2Tap::pass(Way way, std::string_view raw) {
  out_[index(way)] += raw;
  flush(way);
}

/// Frames of our own follow the frame that is passing, and the first that the peer must see.
void Http2Tap::put(Way way, std::string_view frames) {
  pending_[index(way)] += frames;
  flush(way);
}

void Http2Tap::flush(Way way) {
  const std::size_t at = index(way);
  if (state_.greeted[at] && !mid_[at] && sent_[at] == 0) out_[at] += std::exchange(pending_[at], {});
}

void Http2Tap::put_head(Way way, std::uint32_t stream, const wire::HttpHeaders& fields, bool ends,
                        std::uint32_t promised) {
  rewritten_[index(way)] = true;
  put(way, wire::encode_http2_headers(stream, fields, ends, promised));
}

/// DATA goes on; stream: nullptr where it is none of those acted on.
void Http2Tap::spend(Way way, Http2Stream* stream, std::size_t bytes) {
  state_.spend(way, bytes);
  if (stream) stream->out[index(way)].window -= static_cast<std::int64_t>(bytes);
}

/// The sender of a way may send so much more, unless its receiver took more than it had sent.
void Http2Tap::give_window(Way way, std::uint32_t stream, std::int64_t bytes, std::int64_t& debt) {
  const std::int64_t settled = std::min(bytes, debt);
  debt -= settled;
  bytes -= settled;
  if (bytes > 0) put(other(way), wire::encode_http2_window(stream, static_cast<std::uint32_t>(bytes)));
}

/// Bytes that the sender of a way has sent, and that its receiver never gets. stream: nullptr where nothing more is to
/// come on it.
void Http2Tap::credit(Way way, Http2Stream* stream, std::size_t bytes) {
  if (bytes == 0) return;
  give_window(way, 0, static_cast<std::int64_t>(bytes), debt_[index(way)]);
  if (stream) give_window(way, stream->id, static_cast<std::int64_t>(bytes), stream->out[index(way)].debt);
}

/// Sends what a stream has for one way, as far as the windows allow.
void Http2Tap::pump(Way way, Http2Stream& stream) {
  Http2Outlet& outlet = stream.out[index(way)];
  const std::int64_t room = std::max<std::int64_t>(0, std::min(outlet.window, state_.window[index(way)]));
  const std::size_t size = std::min(outlet.bytes.size(), static_cast<std::size_t>(room));
  const bool last = size == outlet.bytes.size();
  const bool ends = last && outlet.end && outlet.trailers.empty();
  if (size > 0 || ends) {
    put(way, wire::encode_http2_data(stream.id, std::string_view(outlet.bytes).substr(0, size), ends));
    spend(way, &stream, size);
    outlet.bytes.erase(0, size);
  }
  if (!last || (!outlet.end && !outlet.reset)) return;
  if (outlet.end && !outlet.trailers.empty()) put_head(way, stream.id, std::exchange(outlet.trailers, {}), true);
  if (outlet.reset) put(way, wire::encode_http2_reset(stream.id, *outlet.reset));
  outlet.end = false;
  outlet.reset.reset();
  if (way == Way::down) tell_end(stream);
}

/// The client has been sent the end of an answer.
void Http2Tap::tell_end(Http2Stream& stream) {
  stream.told = true;
  state_.open.erase(stream.id);
  if (!stream.closes) return;
  put(Way::down, wire::encode_http2_goaway(state_.last_stream, Http2Error::no_error));
  closing_ = true;
}

/// What waits on a stream, one way, goes nowhere any more.
void Http2Tap::lose(Way way, Http2Stream& stream) {
  Http2Outlet& outlet = stream.out[index(way)];
  std::size_t lost = outlet.bytes.size();
  if (way == Way::down && stream.answer) lost += stream.answer->waiting();
  if (way == Way::up) lost += stream.body.size();
  credit(way, nullptr, lost);
  outlet.bytes.clear();
  outlet.end = false;
  outlet.reset.reset();
  stream.body.clear();
  if (way == Way::down) stream.answer.reset();
}

/// The client has, or gets, the end of an answer that the server has not sent whole.
void Http2Tap::end_server(Http2Stream& stream) {
  const std::size_t lost = stream.answer ? stream.answer->waiting() : 0;
  stream.answer.reset();
  credit(Way::down, nullptr, lost);
  if (stream.server_over) return;
  stream.cut = true;
  put(Way::up, wire::encode_http2_reset(stream.id, Http2Error::cancel));
}

void Http2Tap::apply(Http2Stream& stream, Http2Answer::Turn turn) {
  using Then = AnswerFilter::Then;
  Http2Outlet& outlet = stream.out[index(Way::down)];
  if (turn.head) put_head(Way::down, stream.id, *turn.head, false);
  if (turn.body.size() > turn.taken) {
    const auto more = static_cast<std::int64_t>(turn.body.size() - turn.taken);
    outlet.debt += more;
    debt_[index(Way::down)] += more;
  } else {
    credit(Way::down, stream.server_over ? nullptr : &stream, turn.taken - turn.body.size());
  }
  outlet.bytes += turn.body;
  if (turn.then == Then::go_on || turn.then == Then::stall) return;
  if (turn.then == Then::close) {
    outlet.reset = Http2Error::internal_error;
  } else {
    outlet.end = true;
    outlet.trailers = stream.answer->trailers();
    stream.closes = turn.then == Then::last_and_close;
  }
  end_server(stream);
}

void Http2Tap::send_own(Http2Stream& stream, Ns now) {
  const Http2Stream::Own own = *std::exchange(stream.own, std::nullopt);
  if (own.after > 0 && planner_) measure_.delay(own.after, own.after + now - own.due);
  wire::Http1Parser parser(wire::Http1Parser::Role::response);
  std::string_view rest = own.text;
  wire::HttpHead head{.status = 500};
  Http2Outlet& outlet = stream.out[index(Way::down)];
  for (auto step = parser.next(rest); step != wire::Http1Parser::Step::more; step = parser.next(rest)) {
    if (step == wire::Http1Parser::Step::head) head = parser.head();
    if (step == wire::Http1Parser::Step::body) outlet.bytes += parser.body();
    if (step == wire::Http1Parser::Step::error) break;
  }
  debt_[index(Way::down)] += static_cast<std::int64_t>(outlet.bytes.size());
  outlet.end = !outlet.bytes.empty();
  put_head(Way::down, stream.id, response_fields_of(head), !outlet.end);
  if (!outlet.end) tell_end(stream);
}

void Http2Tap::run_stream(Http2Stream& stream, Ns now) {
  // A request that is not whole gets its answer all the same, but a client that is about to end it may do so first.
  constexpr Ns kPatience = kSec;
  if (stream.own) {
    const Ns due = stream.own->due + (stream.client_over ? 0 : kPatience);
    if (now >= due) {
      send_own(stream, now);
    } else {
      next_ = std::min(next_, due);
    }
  }
  for (const Way way : kWays) pump(way, stream);
  while (stream.answer && stream.out[index(Way::down)].bytes.size() < limits::kRelayQueueBytes) {
    Http2Answer::Turn turn = stream.answer->turn(now, measure_);
    if (!turn.moved) break;
    apply(stream, std::move(turn));
    pump(Way::down, stream);
  }
  if (stream.answer && stream.answer->due() > now) next_ = std::min(next_, stream.answer->due());
}

void Http2Tap::run(Ns now) {
  next_ = kNever;
  held_ = 0;
  keeps_end_ = false;
  for (auto at = streams_.begin(); at != streams_.end();) {
    Http2Stream& stream = at->second;
    run_stream(stream, now);
    for (const Http2Outlet& outlet : stream.out) held_ += outlet.bytes.size();
    held_ += stream.body.size() + (stream.answer ? stream.answer->waiting() : 0);
    keeps_end_ = keeps_end_ || next_ != kNever || (stream.answer && stream.answer->stalled());
    at = stream.over() ? streams_.erase(at) : std::next(at);
  }
  if (!goaway_ || closing_) return;
  const bool served = state_.open.empty() || *state_.open.begin() > goaway_->last;
  const bool told = std::ranges::all_of(streams_, [](const auto& one) { return one.second.told; });
  closing_ = (served && told) || now >= goaway_->due;
  if (!closing_) next_ = std::min(next_, goaway_->due);
}

Step Http2Tap::leave(Ns now) {
  planner_ = nullptr;
  for (auto& [id, stream] : streams_) {
    if (stream.request == Request::held) release(stream);
    if (stream.own) {
      stream.own->due = now;
      send_own(stream, now);
    }
    if (!stream.answer || stream.answer->let_go()) continue;
    // Half of an answer was written anew: the rest would make no sense.
    apply(stream, {.moved = true, .then = AnswerFilter::Then::close});
  }
  if (!untouched_) run(now);
  Step step;
  if (clean() && !untouched_) {
    for (const Way way : kWays) out_[index(way)] += reader(way).unsaid().substr(sent_[index(way)]);
  }
  step.insert = std::exchange(out_[index(Way::up)], {});
  step.answer = std::exchange(out_[index(Way::down)], {});
  step.close = closes();
  step.again = next_;
  return step;
}

}  // namespace pl::proxy

#include "proxy/messages/http2_tap.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace pl::proxy {

using wire::Http2Error;

bool Http2Stream::over() const {
  if (!told || !server_over) return false;
  return client_over || (request == Request::passing && !cut && out[index(Way::up)].idle());
}

std::size_t Http2Stream::waiting() const {
  std::size_t bytes = 0;
  for (const Layer& layer : layers) bytes += layer.answer.waiting();
  return bytes;
}

Http2Tap::Http2Tap(const Http2State& state) : state_(state) {
  for (const Way way : kWays) {
    mid_[index(way)] = state_.greeted[index(way)] && !reader(way).between_frames();
    sent_[index(way)] = reader(way).unsaid().size();
  }
}

int Http2Tap::join(HttpPlanner& planner, Measure& measure, Rng rng) {
  seats_.push_back({++last_seat_, &planner, &measure, rng});
  return last_seat_;
}

Http2Stream* Http2Tap::find(std::uint32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

/// One more is acted on; the oldest of too many is forgotten, of which the client has heard the end.
Http2Stream& Http2Tap::track(std::uint32_t id) {
  if (streams_.size() >= limits::kHttp2Streams) {
    const auto told = std::ranges::find_if(streams_, [](const auto& one) { return one.second.told; });
    if (told != streams_.end()) forget(told);
  }
  Http2Stream& stream = streams_[id];
  stream.id = id;
  for (const Way way : kWays) stream.out[index(way)].window = state_.initial[index(way)];
  return stream;
}

/// Nothing more is done on a stream. What its client still says of one that went nowhere, the server must not hear.
std::map<std::uint32_t, Http2Stream>::iterator Http2Tap::forget(std::map<std::uint32_t, Http2Stream>::iterator stream) {
  if (stream->second.request != Request::passing) unseen_.insert(stream->first);
  if (unseen_.size() > limits::kHttp2Streams) unseen_.erase(unseen_.begin());
  return streams_.erase(stream);
}

bool Http2Tap::clean() const { return seats_.empty() && (untouched_ || untouched()); }

/// Nothing was done that must be done on.
bool Http2Tap::untouched() const {
  const auto of_way = [&](Way way) {
    const std::size_t at = index(way);
    return !rewritten_[at] && debt_[at] == 0 && pending_[at].empty() && stuck_[at].empty();
  };
  return streams_.empty() && !goaway_ && !closing_ && of_way(Way::up) && of_way(Way::down);
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
  if (!untouched()) {
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
  if (outlet.head) {
    const bool bare = outlet.end && outlet.bytes.empty() && outlet.trailers.empty();
    put_head(way, stream.id, *std::exchange(outlet.head, std::nullopt), bare);
    if (bare) {
      outlet.end = false;
      return tell_end(stream);
    }
  }
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
  if (stream.reset) put(Way::down, wire::encode_http2_reset(stream.id, *std::exchange(stream.reset, std::nullopt)));
  if (!stream.closes) return;
  put(Way::down, wire::encode_http2_goaway(state_.last_stream, Http2Error::no_error));
  closing_ = true;
}

/// What waits on a stream, one way, goes nowhere any more.
void Http2Tap::lose(Way way, Http2Stream& stream) {
  Http2Outlet& outlet = stream.out[index(way)];
  const std::size_t lost = outlet.bytes.size() + (way == Way::down ? stream.waiting() : stream.body.size());
  credit(way, nullptr, lost);
  outlet.head.reset();
  outlet.bytes.clear();
  outlet.end = false;
  outlet.reset.reset();
  stream.body.clear();
  if (way == Way::down) stream.layers.clear();
}

/// The client has, or gets, the end of an answer that the server has not sent whole.
void Http2Tap::end_server(Http2Stream& stream) {
  const std::size_t lost = stream.waiting();
  stream.layers.clear();
  credit(Way::down, nullptr, lost);
  if (stream.server_over) return;
  stream.cut = true;
  put(Way::up, wire::encode_http2_reset(stream.id, Http2Error::cancel));
}

/// Of bytes that went into a piece of an answer, and came out.
void Http2Tap::account(Http2Stream& stream, const Http2Answer::Turn& turn) {
  if (turn.body.size() > turn.taken) {
    const auto more = static_cast<std::int64_t>(turn.body.size() - turn.taken);
    stream.out[index(Way::down)].debt += more;
    debt_[index(Way::down)] += more;
  } else {
    credit(Way::down, stream.server_over ? nullptr : &stream, turn.taken - turn.body.size());
  }
}

/// What a layer gives is for the next one, or for the client.
void Http2Tap::hand_on(Http2Stream& stream, std::size_t layer, Http2Answer::Turn turn) {
  using Then = AnswerFilter::Then;
  account(stream, turn);
  if (layer + 1 == stream.layers.size()) return apply(stream, std::move(turn));
  Http2Answer& next = stream.layers[layer + 1].answer;
  if (turn.head) next.on_head(std::move(*turn.head));
  next.on_body(turn.body);
  if (turn.then == Then::close) next.on_cut();
  if (turn.then == Then::last || turn.then == Then::last_and_close) next.on_end(stream.layers[layer].answer.trailers());
  if (turn.then == Then::last_and_close) stream.closes = true;
}

void Http2Tap::apply(Http2Stream& stream, Http2Answer::Turn turn) {
  using Then = AnswerFilter::Then;
  Http2Outlet& outlet = stream.out[index(Way::down)];
  if (turn.head) outlet.head = std::move(turn.head);
  outlet.bytes += turn.body;
  if (turn.then == Then::go_on || turn.then == Then::stall) return;
  if (turn.then == Then::close) {
    outlet.reset = std::exchange(stream.reset, std::nullopt).value_or(Http2Error::internal_error);
  } else {
    outlet.end = true;
    if (!stream.layers.empty()) outlet.trailers = stream.layers.back().answer.trailers();
    stream.closes = stream.closes || turn.then == Then::last_and_close;
  }
  end_server(stream);
}

void Http2Tap::send_own(Http2Stream& stream, Ns now) {
  const Http2Stream::Own own = *std::exchange(stream.own, std::nullopt);
  if (own.after > 0 && own.measure) own.measure->delay(own.after, own.after + now - own.due);
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

/// A change of its fault reaches an answer that waits.
void Http2Tap::renew(Http2Stream::Own& own) {
  const auto seat = std::ranges::find(seats_, own.seat, &Seat::number);
  if (own.after <= 0 || seat == seats_.end()) return;
  const Ns after = seat->planner->delay().value_or(own.after);
  own.due += after - own.after;
  own.after = after;
}

void Http2Tap::run_stream(Http2Stream& stream, Ns now) {
  // A request that is not whole gets its answer all the same, but a client that is about to end it may do so first.
  constexpr Ns kPatience = kSec;
  if (stream.own) {
    renew(*stream.own);
    const Ns due = stream.own->due + (stream.client_over ? 0 : kPatience);
    if (now >= due) {
      send_own(stream, now);
    } else {
      next_ = std::min(next_, due);
    }
  }
  for (const Way way : kWays) pump(way, stream);
  Http2Outlet& down = stream.out[index(Way::down)];
  while (down.bytes.size() < limits::kRelayQueueBytes && run_layers(stream, now)) {
    if (!down.bytes.empty()) pump(Way::down, stream);  // a head alone waits: the end may be there too
  }
  pump(Way::down, stream);
  for (const Http2Stream::Layer& layer : stream.layers) {
    if (layer.answer.due() > now) next_ = std::min(next_, layer.answer.due());
  }
}

bool Http2Tap::unreadable(int seat) const {
  const auto found = std::ranges::find(seats_, seat, &Seat::number);
  return found != seats_.end() && found->unreadable;
}

/// One step of each layer. False: none could do anything.
bool Http2Tap::run_layers(Http2Stream& stream, Ns now) {
  bool moved = false;
  for (std::size_t layer = 0; layer < stream.layers.size(); ++layer) {
    Http2Answer::Turn turn = stream.layers[layer].answer.turn(now, stream.layers[layer].measure);
    if (!turn.moved) continue;
    moved = true;
    const auto seat = std::ranges::find(seats_, stream.layers[layer].seat, &Seat::number);
    if (seat != seats_.end() && stream.layers[layer].answer.unreadable()) seat->unreadable = true;
    hand_on(stream, layer, std::move(turn));
  }
  return moved;
}

void Http2Tap::run(Ns now) {
  next_ = kNever;
  held_ = 0;
  keeps_end_ = false;
  for (auto at = streams_.begin(); at != streams_.end();) {
    Http2Stream& stream = at->second;
    run_stream(stream, now);
    for (const Http2Outlet& outlet : stream.out) held_ += outlet.bytes.size();
    held_ += stream.body.size() + stream.waiting();
    const auto stalls = [](const Http2Stream::Layer& layer) { return layer.answer.stalled(); };
    keeps_end_ = keeps_end_ || next_ != kNever || std::ranges::any_of(stream.layers, stalls);
    at = stream.over() ? forget(at) : std::next(at);
  }
  if (!goaway_ || closing_) return;
  const bool served = state_.open.empty() || *state_.open.begin() > goaway_->last;
  const bool told = std::ranges::all_of(streams_, [](const auto& one) { return one.second.told; });
  closing_ = (served && told) || now >= goaway_->due;
  if (!closing_) next_ = std::min(next_, goaway_->due);
}

void Http2Tap::part(int seat, Ns now) {
  std::erase_if(seats_, [&](const Seat& one) { return one.number == seat; });
  for (auto& [id, stream] : streams_) {
    if (seats_.empty()) stream.decided = true;
    if (stream.own && stream.own->seat == seat) {
      stream.own->due = now;
      stream.own->measure = nullptr;
      send_own(stream, now);
    }
    bool cut = false;
    for (Http2Stream::Layer& layer : stream.layers) {
      if (layer.seat != seat) continue;
      layer.measure = nullptr;
      layer.seat = 0;
      cut = cut || !layer.answer.let_go();
    }
    // Half of an answer was written anew: the rest would make no sense.
    if (cut) apply(stream, {.moved = true, .then = AnswerFilter::Then::close});
  }
  release();
  if (!untouched_) run(now);
}

Step Http2Tap::leave() {
  if (clean() && !untouched_) {
    for (const Way way : kWays) out_[index(way)] += reader(way).unsaid().substr(sent_[index(way)]);
  }
  Step step;
  step.insert = std::exchange(out_[index(Way::up)], {});
  step.answer = std::exchange(out_[index(Way::down)], {});
  step.close = closes();
  step.again = next_;
  return step;
}

}  // namespace pl::proxy

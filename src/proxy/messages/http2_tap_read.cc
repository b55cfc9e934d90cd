#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "proxy/messages/http2_tap.h"

/// What an HTTP/2 tap does about each frame that it has read.
namespace pl::proxy {

using wire::Http2Error;
using wire::Http2Type;

namespace {

/// Requests that may go on for as long as their answers: to wait for their end would be to wait for ever.
bool may_be_dialogue(const wire::HttpHeaders& fields) {
  const std::string* type = wire::find_header(fields, "content-type");
  return type && type->starts_with("application/grpc");
}

bool is_connect(const wire::HttpHeaders& fields) {
  const std::string* method = wire::find_header(fields, ":method");
  return !method || *method == "CONNECT";
}

/// The server is asked for an answer without content coding.
void drop_codings(wire::HttpHeaders& fields) {
  std::erase_if(fields, [](const auto& field) { return field.name == "accept-encoding"; });
}

bool is_interim(const wire::HttpHeaders& fields) {
  const std::string* status = wire::find_header(fields, ":status");
  return status && status->starts_with('1');
}

}  // namespace

void Http2Tap::on_headers(Way way, Ns now) {
  wire::Http2Reader& from = reader(way);
  const wire::Http2Frame& frame = from.frame();
  const bool begins = way == Way::up && frame.stream > state_.last_stream;
  state_.note(way);
  if (begins) return on_request(now);
  Http2Stream* stream = frame.is(Http2Type::push_promise) ? nullptr : find(frame.stream);
  if (stream && way == Way::up) return on_trailers(*stream, now);
  if (stream && (stream->told || stream->cut || stream->request != Request::passing)) {
    rewritten_[index(way)] = true;  // it goes nowhere
    stream->server_over = stream->server_over || frame.ends_stream();
    return;
  }
  if (stream && !stream->layers.empty()) return on_answer_head(*stream, now);
  if (stream && frame.ends_stream()) stream->server_over = stream->told = true;
  if (!rewritten_[index(way)]) return pass(way, from.raw());
  const bool promises = frame.is(Http2Type::push_promise);
  put_head(way, frame.stream, from.fields(), frame.ends_stream(), promises ? from.promised() : 0);
}

void Http2Tap::on_request(Ns now) {
  wire::Http2Reader& from = reader(Way::up);
  const wire::Http2Frame frame = from.frame();
  const bool ends = frame.ends_stream();
  if (goaway_ && frame.stream > goaway_->last) {
    Http2Stream& stream = track(frame.stream);
    stream.request = Request::swallowed;
    stream.client_over = ends;
    stream.server_over = stream.told = true;
    rewritten_[index(Way::up)] = true;
    state_.open.erase(frame.stream);
    return;
  }
  const bool asks = !seats_.empty() && streams_.size() < limits::kHttp2Streams && !is_connect(from.fields());
  const wire::HttpHead head = request_head_of(from.fields());
  const bool reads = std::ranges::any_of(seats_, [&](const Seat& seat) { return seat.planner->reads_body_of(head); });
  const bool holds = asks && reads && !ends && !may_be_dialogue(from.fields());
  bool plain = false;
  if (asks && !holds && ask(frame.stream, from.fields(), {}, ends, plain, now)) return;
  if (plain) drop_codings(from.fields());
  // Streams begin in the order of their numbers (RFC 9113 section 5.1.1).
  const bool waits = std::ranges::any_of(streams_, [](const auto& one) { return one.second.request == Request::held; });
  if (holds || waits) {
    Http2Stream* known = find(frame.stream);
    Http2Stream& stream = known ? *known : track(frame.stream);
    stream.request = Request::held;
    stream.client_over = ends;
    stream.decided = !holds;
    stream.fields = std::move(from.fields());
    rewritten_[index(Way::up)] = true;
    return;
  }
  if (!rewritten_[index(Way::up)] && !plain) return pass(Way::up, from.raw());
  put_head(Way::up, frame.stream, from.fields(), ends);
}

/// A request that is held is whole, or longer than is held.
void Http2Tap::decide(Http2Stream& held, Ns now) {
  const bool ends = held.client_over;
  bool plain = false;
  held.decided = true;
  const bool too_long = held.body.size() >= limits::kFaultMessageBytes;
  if (!ask(held.id, held.fields, too_long ? std::string_view() : held.body, ends, plain, now)) {
    if (plain) drop_codings(held.fields);
    return release();
  }
  credit(Way::up, ends ? nullptr : &held, held.body.size());
  held.body.clear();
  held.fields.clear();
  release();
}

/// Requests that were held go on, up to the first that is not decided.
void Http2Tap::release() {
  for (auto& [id, stream] : streams_) {
    if (stream.request != Request::held) continue;
    if (!stream.decided) return;
    pass_request(stream, std::exchange(stream.fields, {}));
  }
}

/// Asks all faults about a request, and does what they planned. False: it goes on; `plain`: without content coding.
bool Http2Tap::ask(std::uint32_t id, const wire::HttpHeaders& fields, std::string_view body, bool ends, bool& plain,
                   Ns now) {
  const wire::HttpHead head = request_head_of(fields);
  for (Seat& seat : seats_) {
    const std::string_view seen = seat.planner->reads_bodies() ? body : std::string_view();
    HttpPlan plan = seat.planner->plan({head, seen}, seat.rng);
    if (!plan.acts() || (plan.goaway && goaway_)) continue;
    if (plan.answer || plan.goaway) ++seat.measure->acted;  // a filter is counted when it acts
    plain = plain || plan.plain;
    if (act(id, std::move(plan), seat, ends, now)) return true;
  }
  return false;
}

/// Does what was planned about a request. False: it goes on.
bool Http2Tap::act(std::uint32_t id, HttpPlan plan, Seat& seat, bool ends, Ns now) {
  if (plan.goaway) {
    announce_end(id, *plan.goaway, now);
    if (plan.goaway->serves) return false;
  }
  Http2Stream* known = find(id);
  Http2Stream& stream = known ? *known : track(id);
  stream.client_over = ends;
  if (plan.filter && !plan.goaway && !plan.answer) {
    stream.layers.push_back({Http2Answer(std::move(plan.filter)), seat.number, seat.measure});
    return false;
  }
  stream.layers.clear();
  stream.request = Request::swallowed;
  stream.server_over = true;
  stream.closes = plan.close;
  rewritten_[index(Way::up)] = true;
  if (plan.goaway) {
    stream.told = true;
    state_.open.erase(id);
  } else {
    stream.own = Http2Stream::Own{std::move(*plan.answer), plan.after, now + plan.after, seat.number, seat.measure};
  }
  return true;
}

void Http2Tap::announce_end(std::uint32_t id, const HttpGoaway& goaway, Ns now) {
  const std::uint32_t last = goaway.serves ? id : id - std::min<std::uint32_t>(id, 2);
  goaway_ = Goaway{last, now + goaway.drain};
  put(Way::down, wire::encode_http2_goaway(last, goaway.error));
}

/// A request goes on as it is known here, with what was held of its body.
void Http2Tap::pass_request(Http2Stream& stream, wire::HttpHeaders fields) {
  stream.request = Request::passing;
  const bool ends = stream.client_over && stream.body.empty() && stream.out[index(Way::up)].trailers.empty();
  put_head(Way::up, stream.id, fields, ends);
  Http2Outlet& outlet = stream.out[index(Way::up)];
  outlet.bytes = std::exchange(stream.body, {});
  outlet.end = stream.client_over && !ends;
  if (stream.withheld > 0) {
    put(Way::up, wire::encode_http2_window(stream.id, static_cast<std::uint32_t>(stream.withheld)));
    stream.withheld = 0;
  }
}

void Http2Tap::on_trailers(Http2Stream& stream, Ns now) {
  wire::Http2Reader& from = reader(Way::up);
  stream.client_over = from.frame().ends_stream();
  Http2Outlet& outlet = stream.out[index(Way::up)];
  if (stream.request == Request::held) {
    outlet.trailers = std::move(from.fields());
    rewritten_[index(Way::up)] = true;
    if (!stream.decided) decide(stream, now);
  } else if (stream.request == Request::swallowed || stream.cut) {
    rewritten_[index(Way::up)] = true;
  } else if (!outlet.idle()) {
    outlet.end = true;
    outlet.trailers = std::move(from.fields());
    rewritten_[index(Way::up)] = true;
  } else if (rewritten_[index(Way::up)]) {
    put_head(Way::up, stream.id, from.fields(), stream.client_over);
  } else {
    pass(Way::up, from.raw());
  }
}

/// Of an answer that a filter is for.
void Http2Tap::on_answer_head(Http2Stream& stream, Ns now) {
  wire::Http2Reader& from = reader(Way::down);
  const bool ends = from.frame().ends_stream();
  stream.server_over = stream.server_over || ends;
  if (is_interim(from.fields()) && !ends) {
    if (!rewritten_[index(Way::down)]) return pass(Way::down, from.raw());
    return put_head(Way::down, stream.id, from.fields(), false);
  }
  Http2Stream::Layer& first = stream.layers.front();
  const bool trailers = first.answer.begun();
  const bool may_pass = stream.layers.size() == 1 && !trailers && !ends && !rewritten_[index(Way::down)];
  if (trailers) {
    first.answer.on_end(std::move(from.fields()));
  } else {
    first.answer.on_head(from.fields());
    if (ends) first.answer.on_end({});
  }
  if (may_pass) {
    Http2Answer::Turn turn = first.answer.turn(now, first.measure);
    if (turn.head && turn.as_it_came) {
      turn.head.reset();
      pass(Way::down, from.raw());
      return hand_on(stream, 0, std::move(turn));
    }
    if (turn.moved) hand_on(stream, 0, std::move(turn));
  }
  // Whether it goes later, or other than it came: blocks behind it cannot use what it entered into the table.
  rewritten_[index(Way::down)] = true;
}

void Http2Tap::on_frame(Way way) {
  const wire::Http2Frame& frame = reader(way).frame();
  if (frame.is(Http2Type::settings)) return on_settings(way);
  state_.note(way);
  if (frame.is(Http2Type::window_update)) return on_window(way);
  if (frame.is(Http2Type::rst_stream)) return on_reset(way);
  pass(way, reader(way).raw());
}

void Http2Tap::on_settings(Way way) {
  const std::size_t back = index(other(way));
  const std::int64_t before = state_.initial[back];
  state_.note(way);
  for (auto& [id, stream] : streams_) stream.out[back].window += state_.initial[back] - before;
  pass(way, reader(way).raw());
}

/// The receiver of the other way takes more: its sender is told, less by what it did not send itself.
void Http2Tap::on_window(Way way) {
  const wire::Http2Frame& frame = reader(way).frame();
  const std::uint32_t increment = wire::read_http2_number(reader(way).payload());
  const std::size_t back = index(other(way));
  std::int64_t* debt = &debt_[back];
  if (frame.stream != 0) {
    Http2Stream* stream = find(frame.stream);
    if (!stream) return pass_by(way);
    stream->out[back].window += increment;
    if (stream->request == Request::held) stream->withheld += increment;
    if (stream->request != Request::passing || stream->cut) return;
    debt = &stream->out[back].debt;
  }
  if (*debt == 0) return pass(way, reader(way).raw());
  give_window(other(way), frame.stream, increment, *debt);
}

/// About a stream that nothing is done on: it passes, but not to a server that never heard of that stream.
void Http2Tap::pass_by(Way way) {
  if (way == Way::up && unseen_.contains(reader(way).frame().stream)) return;
  pass(way, reader(way).raw());
}

void Http2Tap::on_reset(Way way) {
  const std::uint32_t id = reader(way).frame().stream;
  Http2Stream* stream = find(id);
  if (!stream) return pass_by(way);
  const bool goes_on = stream->request == Request::passing && !stream->cut;
  if (way == Way::down && !goes_on) {
    stream->server_over = true;
    return;
  }
  if (way == Way::down && !stream->told && !stream->layers.empty() && stream->layers.front().answer.begun()) {
    return reset_behind(*stream, static_cast<Http2Error>(wire::read_http2_number(reader(way).payload())));
  }
  if (goes_on) pass(way, reader(way).raw());
  for (const Way one : kWays) lose(one, *stream);
  forget(streams_.find(id));
  release();
}

/// The server resets a stream whose answer, or what came of it, is still on its way: its turn is behind that.
void Http2Tap::reset_behind(Http2Stream& stream, Http2Error error) {
  if (!stream.server_over) stream.layers.front().answer.on_cut();
  stream.reset = error;
  stream.server_over = stream.client_over = stream.cut = true;
  lose(Way::up, stream);
}

void Http2Tap::on_part(Way way, Ns now) {
  wire::Http2Reader& from = reader(way);
  const wire::Http2Frame& frame = from.frame();
  const std::size_t at = index(way);
  const bool data = frame.is(Http2Type::data);
  const bool ends = data && from.ends() && frame.ends_stream();
  Http2Stream* stream = data ? find(frame.stream) : nullptr;
  if (from.begins()) taken_[at] = stream && takes(way, *stream);
  if (taken_[at]) {
    if (!stream) return credit(way, nullptr, from.counted());
    return way == Way::up ? on_request_part(*stream, now) : on_answer_part(*stream);
  }
  if (data) spend(way, stream, from.counted());
  if (ends && way == Way::down) state_.open.erase(frame.stream);
  if (stream && ends) {
    stream->client_over = stream->client_over || way == Way::up;
    stream->server_over = stream->server_over || way == Way::down;
    stream->told = stream->told || way == Way::down;
  }
  const bool fits = static_cast<std::int64_t>(frame.length) <= state_.window[at];
  if (data && from.begins() && !from.ends() && debt_[at] > 0 && !fits) {
    stuck_[at] = from.raw();
    return;
  }
  mid_[at] = !from.ends();
  pass(way, from.raw());
}

/// Whether a stream's DATA does not pass as it comes.
bool Http2Tap::takes(Way way, const Http2Stream& stream) const {
  if (way == Way::down)
    return stream.told || stream.cut || !stream.layers.empty() || stream.request != Request::passing;
  return stream.request != Request::passing || stream.cut || !stream.out[index(Way::up)].idle();
}

void Http2Tap::on_answer_part(Http2Stream& stream) {
  wire::Http2Reader& from = reader(Way::down);
  const bool ends = from.ends() && from.frame().ends_stream();
  stream.server_over = stream.server_over || ends;
  // No layer takes more where it has ended the answer, or where there is none any more.
  if (stream.layers.empty()) return credit(Way::down, nullptr, from.counted());
  Http2Answer& first = stream.layers.front().answer;
  if (first.over()) return credit(Way::down, stream.server_over ? nullptr : &stream, from.counted());
  first.on_body(from.body());
  credit(Way::down, from.frame().ends_stream() ? nullptr : &stream, from.counted() - from.body().size());
  if (ends) first.on_end({});
}

/// Of a request that is held, goes nowhere, or follows what was held of it.
void Http2Tap::on_request_part(Http2Stream& stream, Ns now) {
  wire::Http2Reader& from = reader(Way::up);
  const wire::Http2Frame& frame = from.frame();
  const bool ends = from.ends() && frame.ends_stream();
  Http2Stream* more = frame.ends_stream() ? nullptr : &stream;
  Http2Outlet& outlet = stream.out[index(Way::up)];
  stream.client_over = stream.client_over || ends;
  if (stream.request == Request::swallowed || stream.cut) return credit(Way::up, more, from.counted());
  credit(Way::up, more, from.counted() - from.body().size());
  if (stream.request == Request::passing) {
    outlet.bytes += from.body();
    outlet.end = ends;
    return;
  }
  // What is held is taken: the client has to be able to send the rest, and the server takes it later.
  const auto taken = static_cast<std::int64_t>(from.body().size());
  stream.body += from.body();
  if (taken > 0) {
    put(Way::down, wire::encode_http2_window(0, static_cast<std::uint32_t>(taken)));
    if (more) put(Way::down, wire::encode_http2_window(stream.id, static_cast<std::uint32_t>(taken)));
  }
  debt_[index(Way::up)] += taken;
  if (more) outlet.debt += taken;
  if (stream.body.size() >= limits::kFaultMessageBytes && !stream.decided) {
    too_long_ = true;
    return decide(stream, now);
  }
  if (ends && !stream.decided) return decide(stream, now);
  // Too much waits, behind the first that is not whole.
  const auto open = [](const auto& one) { return one.second.request == Request::held && !one.second.decided; };
  const auto first = std::ranges::find_if(streams_, open);
  if (held_ >= limits::kHttp2HeldBytes && first != streams_.end()) decide(first->second, now);
}

}  // namespace pl::proxy

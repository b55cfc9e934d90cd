#include "proxy/messages/http1_tap.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "proxy/http1_count.h"

namespace pl::proxy {
namespace {

using Event = wire::Http1Parser::Step;

constexpr Ns kLook = kMs;  ///< An own answer that waits for its turn looks again after this much.

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

void drop_field(wire::HttpHead& head, std::string_view name) {
  std::erase_if(head.headers, [&](const auto& field) { return wire::equal_ignoring_case(field.name, name); });
}

AnswerTo answer_to(const wire::HttpHead& request) {
  return {.head = request.method == "HEAD", .tunnel = request.method == "CONNECT", .old = request.minor == 0};
}

}  // namespace

Http1Tap::Http1Tap(HttpPlanner& planner, Measure& measure, const ConnectionView& view, Rng rng)
    : planner_(planner), measure_(measure), rng_(rng) {
  if (!view.http1) {
    if (view.awaiting) owed_.emplace_back();
    untouched_[0] = untouched_[1] = view.not_http1;
    return;
  }
  for (const char asked : view.http1->owed()) owed_.push_back({{.head = asked == Http1Count::kHead}});
  if (!view.http1->reader(Way::up).idle()) rest_ = view.http1->reader(Way::up);
  if (!owed_.empty() && !view.http1->reader(Way::down).idle()) down_ = view.http1->reader(Way::down);
}

std::size_t Http1Tap::room() const {
  // More than the longest head, of which the parser says that it is none.
  return limits::kRelayQueueBytes + limits::kHttpHeadBytes +
         (!leaving_ && planner_.reads_bodies() ? limits::kFaultMessageBytes : 0);
}

Step Http1Tap::admit(Way way, const Waiting& waiting, Ns now) {
  if (untouched_[index(way)] || (leaving_ && !busy())) return pass_all(waiting);
  if (way == Way::up) return request(waiting, now);
  Step step = answer(waiting, now);
  // What the server has not answered it never will: no answer of the fault's own may wait for it.
  const bool ends = waiting.end != End::none && !step.hold_end && step.pass + step.drop == waiting.bytes.size();
  if (ends && !filtered_) owed_.clear();
  return step;
}

Step Http1Tap::leave(Ns now) {
  leaving_ = true;
  for (Owed& owed : owed_) owed.filter.reset();
  Step step;
  if (own_) {
    own_->due = std::min(own_->due, now);
    own_->after = 0;
  } else if (filtered_ && !filtered_->headed()) {
    step.answer = filtered_->head();
    filtered_.reset();
  }
  if (!filtered_ || filtered_->let_go()) return step;
  filtered_.reset();
  step.close = true;
  return step;
}

/// What comes back is no answer. A request that went nowhere would wait for its own answer without end.
Step Http1Tap::touch_no_more(Step step) {
  untouched_[0] = untouched_[1] = true;
  step.close = own_ || state_ == Request::swallowed;
  return step;
}

/// What comes is no request. Of those before it the answers are still to come; half of one may be gone.
Step Http1Tap::broken_request(const Waiting& waiting, Ns now) {
  if (state_ != Request::swallowed) {
    untouched_[index(Way::up)] = true;
    return pass_all(waiting);
  }
  state_ = Request::head_missing;
  own_->close = true;
  return {.drop = waiting.bytes.size(), .hold_end = true, .again = now};
}

Step Http1Tap::request(const Waiting& waiting, Ns now) {
  if (leaving_ && !own_) return pass_all(waiting);
  if (rest_) return rest_of_request(waiting, now);
  if (own_ && state_ == Request::head_missing) return own_answer(waiting, now);
  if (state_ == Request::head_missing && owed_.size() >= limits::kHttpPending) return broken_request(waiting, now);
  std::string_view rest = waiting.bytes.substr(seen_);
  for (;;) {
    const std::size_t before = rest.size();
    const Event event = up_.next(rest);
    seen_ += before - rest.size();
    if (auto step = on_request(event, waiting, now)) return std::move(*step);
  }
}

Step Http1Tap::rest_of_request(const Waiting& waiting, Ns now) {
  std::string_view rest = waiting.bytes;
  for (;;) {
    const Event event = rest_->next(rest);
    if (event == Event::more) return pass_all(waiting);
    if (event == Event::head) owed_.push_back({answer_to(rest_->head())});
    if (event != Event::error && event != Event::end) continue;
    rest_.reset();
    return event == Event::end ? Step{.pass = waiting.bytes.size() - rest.size()} : broken_request(waiting, now);
  }
}

std::optional<Step> Http1Tap::on_request(Event event, const Waiting& waiting, Ns now) {
  switch (event) {
    case Event::head:
      head_size_ = seen_;
      body_.clear();
      continued_ = false;
      state_ = Request::undecided;
      if (!planner_.reads_body_of(up_.head())) decide(now);
      return std::nullopt;
    case Event::body:
      if (state_ != Request::undecided) return std::nullopt;
      body_.append(up_.body());
      if (seen_ >= limits::kFaultMessageBytes) {  // with what frames it: so much waits at most
        too_long_ = too_long_ || planner_.reads_body_of(up_.head());
        body_.clear();
        decide(now);
      }
      return std::nullopt;
    case Event::end: {
      if (state_ == Request::undecided) decide(now);
      Step step = let_go(waiting);
      state_ = Request::head_missing;
      step.hold_end = own_.has_value();
      if (own_) step.again = now;
      return step;
    }
    case Event::more:
      if (state_ == Request::passing) return let_go(waiting);
      if (state_ == Request::head_missing && !may_be_request(waiting.bytes)) break;
      if (waiting.end == End::none) {
        Step step = state_ == Request::swallowed ? let_go(waiting) : Step{};
        step.answer = ask_for_body();
        return step;
      }
      if (state_ == Request::swallowed) return let_go(waiting);
      seen_ = 0;
      return Step{.pass = waiting.bytes.size()};  // half a request: nothing follows it
    case Event::error:
      break;
  }
  return broken_request(waiting, now);
}

void Http1Tap::decide(Ns now) {
  const AnswerTo to = answer_to(up_.head());
  HttpPlan plan = to.tunnel ? HttpPlan() : planner_.plan({up_.head(), body_}, rng_);
  if (plan.answer) ++measure_.acted;  // a filter is counted when it acts
  if (plan.answer) {
    own_ = Own{std::move(*plan.answer), plan.after, now + plan.after, plan.close || asks_to_close(up_.head())};
    state_ = Request::swallowed;
    return;
  }
  if (plan.plain || continued_) {
    wire::HttpHead head = up_.head();
    if (plan.plain) drop_field(head, "Accept-Encoding");
    if (continued_) drop_field(head, "Expect");
    new_head_ = wire::encode_request_head(head.method, head.target, head.headers, head.minor);
  }
  owed_.push_back({to, std::move(plan.filter)});
  state_ = Request::passing;
}

/// The server does not see the head of a request that is held, and so cannot ask for its body (RFC 9110
/// section 10.1.1).
std::string Http1Tap::ask_for_body() {
  const bool held = state_ == Request::undecided || state_ == Request::swallowed;
  if (!held || continued_ || !owed_.empty()) return {};
  if (!wire::header_has_token(up_.head().headers, "Expect", "100-continue")) return {};
  continued_ = true;
  return std::string(kContinue);
}

/// What has been read of the request goes where it was decided.
Step Http1Tap::let_go(const Waiting& waiting) {
  const std::size_t size = std::exchange(seen_, 0);
  if (state_ == Request::swallowed) return {.drop = size};
  if (new_head_.empty()) return {.pass = size};
  Step step{.drop = size, .insert = std::exchange(new_head_, {})};
  step.insert += waiting.bytes.substr(head_size_, size - head_size_);
  return step;
}

Step Http1Tap::own_answer(const Waiting&, Ns now) {
  if (own_->after > 0 && !leaving_) {
    const Ns after = planner_.delay().value_or(own_->after);
    own_->due += after - own_->after;
    own_->after = after;
  }
  if (now < own_->due) return {.hold_end = true, .again = own_->due};
  if (!owed_.empty()) return {.hold_end = true, .again = now + kLook};
  const Own own = *std::exchange(own_, std::nullopt);
  if (own.after > 0) measure_.delay(own.after, own.after + now - own.due);
  return {.answer = own.bytes, .close = own.close, .answered = true};
}

void Http1Tap::answered_behind() {
  if (!owed_.empty() && !filtered_ && !down_) owed_.pop_front();
}

Step Http1Tap::answer(const Waiting& waiting, Ns now) {
  if (!filtered_ && !down_) {
    if (owed_.empty()) return pass_all(waiting);  // nobody asked since the fault is in force
    if (waiting.bytes.empty() && waiting.end == End::none) return {};
    if (owed_.front().filter) {
      filtered_.emplace(std::move(owed_.front().filter), owed_.front().to);
    } else {
      down_.emplace(wire::Http1Parser::Role::response);
      if (owed_.front().to.head) down_->next_has_no_body();
    }
  }
  if (!filtered_) return untouched_answer(waiting);
  Step step = filtered_->next(waiting, now, measure_);
  unreadable_ = unreadable_ || filtered_->unreadable();
  if (!filtered_->over()) return step;
  const bool upgraded = filtered_->upgraded();
  filtered_.reset();
  owed_.pop_front();
  return upgraded ? touch_no_more(std::move(step)) : step;
}

Step Http1Tap::untouched_answer(const Waiting& waiting) {
  std::string_view rest = waiting.bytes;
  for (;;) {
    const Event event = down_->next(rest);
    if (event == Event::more) return pass_all(waiting);
    const int status = down_->head().status;
    const bool tunnels = owed_.front().to.tunnel && status >= 200 && status < 300;
    const bool switches = event == Event::head && (status == wire::kHttpSwitching || tunnels);
    if (event == Event::error || switches) return touch_no_more(pass_all(waiting));
    if (event != Event::end || down_->head().status < 200) continue;
    down_.reset();
    owed_.pop_front();
    return {.pass = waiting.bytes.size() - rest.size()};
  }
}

}  // namespace pl::proxy

#include "proxy/messages/http_tap.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "proxy/messages/http1_tap.h"
#include "proxy/messages/http2_tap.h"

namespace pl::proxy {

HttpTap::HttpTap(HttpPlanner& planner, Measure& measure, const ConnectionView& view, Rng rng)
    : planner_(planner),
      measure_(measure),
      view_(view),
      rng_(rng),
      meeting_(view.meeting ? *view.meeting : own_meeting_) {
  view_.http2 = nullptr;
  meeting_.undecided.push_back(this);
  if (meeting_.host) {
    be_guest(*meeting_.host);
  } else if (view.http2) {
    be_host(*view.http2);
  } else if (view.http1 || view.awaiting || view.not_http1) {
    choose_http1();  // What is under way is its first.
  }
  view_.http1 = nullptr;
}

HttpTap::~HttpTap() {
  decided();
  if (host_) meeting_.host = nullptr;
}

void HttpTap::decided() {
  std::erase(meeting_.undecided, this);
  greeting_.reset();
}

std::size_t HttpTap::room() const {
  if (http1_) return http1_->room();
  const bool reads = !host_ && !guest_ && planner_.reads_bodies();
  return limits::kRelayQueueBytes + (reads ? limits::kFaultMessageBytes : 0);
}

void HttpTap::choose_http1() {
  decided();
  http1_ = std::make_unique<Http1Tap>(planner_, measure_, view_, rng_);
}

void HttpTap::be_guest(Http2Tap& host) {
  decided();
  guest_ = true;
  seat_ = host.join(planner_, measure_, rng_);
}

void HttpTap::be_host(const Http2State& state) {
  host_ = std::make_unique<Http2Tap>(state);
  seat_ = host_->join(planner_, measure_, rng_);
  decided();
  meeting_.host = host_.get();
  // They would see the connection only when it has begun.
  for (HttpTap* other : std::vector(meeting_.undecided)) other->be_guest(*host_);
}

Step HttpTap::leave(Ns now) {
  if (http1_) return http1_->leave(now);
  if (host_) {
    host_->part(seat_, now);
    return host_->leave();
  }
  if (guest_ && meeting_.host) meeting_.host->part(seat_, now);
  decided();
  return {};
}

bool HttpTap::opaque() const {
  if (http1_) return http1_->opaque();
  const Http2Tap* host = guest_ ? meeting_.host : host_.get();
  return host && (host->opaque() || host->unreadable(seat_) || (host->too_long() && planner_.reads_bodies()));
}

bool HttpTap::stays() const { return http1_ ? http1_->stays() : host_ && !host_->clean(); }

Step HttpTap::admit(Way way, const Waiting& waiting, Ns now) {
  if (http1_) return http1_->admit(way, waiting, now);
  if (host_) return host_->admit(way, waiting, now);
  if (guest_) return pass_all(waiting);
  if (!greeting_) greeting_ = std::make_unique<Http2State>();
  if (way == Way::down) {
    if (!waiting.bytes.empty() && !greeting_->passed(Way::down, waiting.bytes)) choose_http1();
    return pass_all(waiting);
  }
  const std::string_view begin = waiting.bytes.substr(0, wire::kHttp2Preface.size());
  const bool may_be = wire::kHttp2Preface.starts_with(begin);
  const bool whole = begin.size() == wire::kHttp2Preface.size();
  if (may_be && !whole && waiting.end == End::none) return {};
  if (may_be && whole) {
    be_host(Http2State(*greeting_));
    return host_->admit(way, waiting, now);
  }
  choose_http1();
  return http1_->admit(way, waiting, now);
}

}  // namespace pl::proxy

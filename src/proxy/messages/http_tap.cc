#include "proxy/messages/http_tap.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "proxy/messages/http1_tap.h"
#include "proxy/messages/http2_tap.h"

namespace pl::proxy {

HttpTap::HttpTap(HttpPlanner& planner, Measure& measure, const ConnectionView& view, Rng rng)
    : planner_(planner), measure_(measure), view_(view), rng_(rng) {
  if (view.http2) chosen_ = std::make_unique<Http2Tap>(planner, measure, rng, *view.http2);
  view_.http2 = nullptr;
}

std::size_t HttpTap::room() const {
  if (chosen_) return chosen_->room();
  return limits::kRelayQueueBytes + (planner_.reads_bodies() ? limits::kFaultMessageBytes : 0);
}

void HttpTap::choose_http1() {
  greeting_.reset();
  chosen_ = std::make_unique<Http1Tap>(planner_, measure_, view_, rng_);
}

Step HttpTap::admit(Way way, const Waiting& waiting, Ns now) {
  if (chosen_) return chosen_->admit(way, waiting, now);
  if (!greeting_) greeting_ = std::make_unique<Http2State>();
  if (way == Way::down) {
    if (!waiting.bytes.empty() && !greeting_->passed(Way::down, waiting.bytes)) choose_http1();
    return pass_all(waiting);
  }
  const std::string_view begin = waiting.bytes.substr(0, wire::kHttp2Preface.size());
  const bool may_be = wire::kHttp2Preface.starts_with(begin);
  if (may_be && begin.size() < wire::kHttp2Preface.size() && waiting.end == End::none) return {};
  if (may_be && begin.size() == wire::kHttp2Preface.size()) {
    chosen_ = std::make_unique<Http2Tap>(planner_, measure_, rng_, *greeting_);
    greeting_.reset();
  } else {
    choose_http1();
  }
  return chosen_->admit(way, waiting, now);
}

}  // namespace pl::proxy

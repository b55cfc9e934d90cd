#pragma once
#include <memory>

#include "proxy/http2_state.h"
#include "proxy/messages/http_plan.h"

namespace pl::proxy {

/// A fault's part in one connection that speaks HTTP: HTTP/2 where the program begins with its preface
/// (RFC 9113 section 3.4), else HTTP/1.1. Until the program has said which, nothing of it goes on.
class HttpTap : public Tap {
 public:
  /// Planner and measure outlive it, or it is told to leave before they end.
  HttpTap(HttpPlanner& planner, Measure& measure, const ConnectionView& view, Rng rng);
  Step begin(Ns now) override { return chosen_ ? chosen_->begin(now) : Step(); }
  Step admit(Way way, const Waiting& waiting, Ns now) override;
  bool answers() const override { return true; }
  Step leave(Ns now) override { return chosen_ ? chosen_->leave(now) : Step(); }
  bool stays() const override { return chosen_ && chosen_->stays(); }
  std::size_t room() const override;

 private:
  void choose_http1();

  HttpPlanner& planner_;
  Measure& measure_;
  ConnectionView view_;
  Rng rng_;
  std::unique_ptr<Tap> chosen_;
  std::unique_ptr<Http2State> greeting_;  ///< What the server said before the program did.
};

}  // namespace pl::proxy

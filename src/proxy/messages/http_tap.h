#pragma once
#include <memory>

#include "proxy/http2_state.h"
#include "proxy/messages/http_plan.h"

namespace pl::proxy {

/// A fault's part in one connection that speaks HTTP: HTTP/2 where the program begins with its preface
/// (RFC 9113 section 3.4), else HTTP/1.1. Until the program has said which, nothing of it goes on. Over HTTP/2 the
/// first of a connection's taps acts for all (Http2Tap); through the others everything passes.
class HttpTap : public Tap {
 public:
  /// Planner and measure outlive it, or it is told to leave before they end.
  HttpTap(HttpPlanner& planner, Measure& measure, const ConnectionView& view, Rng rng);
  ~HttpTap() override;
  Step admit(Way way, const Waiting& waiting, Ns now) override;
  bool answers() const override { return true; }
  Step leave(Ns now) override;
  bool stays() const override;
  void answered_behind() override {
    if (http1_) http1_->answered_behind();
  }
  bool hosts() const override { return host_ != nullptr; }
  bool opaque() const override;
  std::size_t room() const override;

 private:
  void choose_http1();
  void be_host(const Http2State& state);
  void be_guest(Http2Tap& host);
  void decided();

  HttpPlanner& planner_;
  Measure& measure_;
  ConnectionView view_;
  Rng rng_;
  Http2Meeting own_meeting_;  ///< Where the connection has none.
  Http2Meeting& meeting_;
  std::unique_ptr<Tap> http1_;
  std::unique_ptr<Http2Tap> host_;
  bool guest_ = false;
  int seat_ = 0;                          ///< At the host.
  std::unique_ptr<Http2State> greeting_;  ///< What the server said before the program did.
};

}  // namespace pl::proxy

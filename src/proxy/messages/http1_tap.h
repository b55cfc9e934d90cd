#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "proxy/fault.h"
#include "proxy/messages/http_answer.h"
#include "proxy/messages/http_plan.h"
#include "wire/http1.h"

namespace pl::proxy {

/// A fault's part in one connection that speaks HTTP/1.1: it reads both ways (wire/http1.h), asks the planner about
/// each request, and sends what the plan says. Requests that nothing is planned for pass as they came, pipelined ones
/// too. Taken out of force, it stays until the answer that it has begun is over. What is not HTTP, or becomes something
/// else (101), passes untouched, and so does what was under way when the fault came into force.
class Http1Tap : public Tap {
 public:
  /// Planner and measure outlive it.
  Http1Tap(HttpPlanner& planner, Measure& measure, const ConnectionView& view, Rng rng);
  Step admit(Way way, const Waiting& waiting, Ns now) override;
  bool opaque() const override { return untouched_[index(Way::up)] || too_long_ || unreadable_; }
  bool answers() const override { return true; }
  Step leave(Ns now) override;
  void answered_behind() override;
  bool stays() const override { return leaving_ && busy(); }
  std::size_t room() const override;

 private:
  /// What is being done with the request that comes.
  enum class Request : std::uint8_t { head_missing, undecided, passing, swallowed };
  /// An answer that the server owes.
  struct Owed {
    AnswerTo to{};
    std::unique_ptr<AnswerFilter> filter{};
  };
  /// An answer of the fault's own.
  struct Own {
    std::string bytes;
    Ns after = 0, due = 0;
    bool close = false;
  };

  Step request(const Waiting& waiting, Ns now);
  Step rest_of_request(const Waiting& waiting, Ns now);
  std::optional<Step> on_request(wire::Http1Parser::Step event, const Waiting& waiting, Ns now);
  void decide(Ns now);
  std::string ask_for_body();
  Step let_go(const Waiting& waiting);
  Step own_answer(const Waiting& waiting, Ns now);
  Step answer(const Waiting& waiting, Ns now);
  Step untouched_answer(const Waiting& waiting);
  Step broken_request(const Waiting& waiting, Ns now);
  Step touch_no_more(Step step);
  /// A request or an answer has gone through it in part.
  bool busy() const { return own_ || state_ == Request::swallowed || filtered_; }

  HttpPlanner& planner_;
  Measure& measure_;
  Rng rng_;
  bool too_long_ = false;    ///< A request was longer than the planner reads.
  bool unreadable_ = false;  ///< There was an answer that its filter could not read.

  std::optional<wire::Http1Parser> rest_;  ///< Reads a request that was under way when the fault came.
  wire::Http1Parser up_{wire::Http1Parser::Role::request};
  Request state_ = Request::head_missing;
  std::size_t seen_ = 0;       ///< Of the waiting bytes of the way up: read, but not passed on.
  std::size_t head_size_ = 0;  ///< Of the head that the waiting bytes begin with.
  std::string new_head_;       ///< Goes up instead of it; empty: it goes itself.
  std::string body_;
  bool continued_ = false;  ///< Its sender was told to send the body, and waits for no other word.
  std::optional<Own> own_;

  std::deque<Owed> owed_;
  std::optional<wire::Http1Parser> down_;  ///< Reads an answer that passes.
  std::optional<FilteredAnswer> filtered_;
  bool untouched_[2] = {};  ///< That way nothing is read any more.
  bool leaving_ = false;    ///< Nothing is planned any more: the planner may be gone.
};

}  // namespace pl::proxy

#pragma once
#include <memory>
#include <optional>
#include <string>

#include "proxy/fault.h"
#include "proxy/messages/http_answer.h"
#include "wire/http2.h"

namespace pl::proxy {

/// Of a request's fields: pseudo-header fields are method, target and Host (RFC 9113 section 8.3.1).
wire::HttpHead request_head_of(const wire::HttpHeaders& fields);
/// Of an answer's.
wire::HttpHead response_head_of(const wire::HttpHeaders& fields);
/// The fields of an answer, without those of HTTP/1.1's connections (RFC 9113 section 8.2.2).
wire::HttpHeaders response_fields_of(const wire::HttpHead& head);

/// One answer of a server on one stream, on its way through a filter.
class Http2Answer {
 public:
  using Then = AnswerFilter::Then;

  /// What is sent, and what of the server's body went into it.
  struct Turn {
    bool moved = false;  ///< False: nothing can be done now.
    std::optional<wire::HttpHeaders> head{};
    bool as_it_came = false;  ///< The head is the server's.
    std::string body{};
    std::size_t taken = 0;
    Then then = Then::go_on;
  };

  explicit Http2Answer(std::unique_ptr<AnswerFilter> filter) : filter_(std::move(filter)) {}
  /// Parts of it come.
  void on_head(wire::HttpHeaders fields) { head_ = std::move(fields); }
  void on_body(std::string_view bytes) { payload_ += bytes; }
  void on_end(wire::HttpHeaders trailers);
  /// What comes is cut off behind what came.
  void on_cut() { cut_ = true; }
  /// One step. Times are added to the measure, where there is one.
  Turn turn(Ns now, Measure* measure);
  /// When turn() is to be asked again though nothing comes.
  Ns due() const { return asked_ > 0 ? since_ + filter_->wait(asked_) : kNever; }
  /// The filter is taken away: from now on, and what waits, the answer passes. False: the rest would make no sense.
  bool let_go();

  const wire::HttpHeaders& trailers() const { return trailers_; }
  /// Its head has come.
  bool begun() const { return headed_ || head_.has_value(); }
  bool unreadable() const { return filter_->unreadable(); }
  bool stalled() const { return stalled_; }
  bool over() const { return over_; }
  /// Bytes of the server's body that wait.
  std::size_t waiting() const { return payload_.size() + ready_.taken; }

 private:
  Turn next(Ns now, Measure* measure);
  Turn on_head_turn(Ns now);
  Turn give(AnswerFilter::Piece piece, std::size_t taken, Ns now);
  Turn pause(Turn turn, Ns time, Ns now);
  Turn sent(Turn turn);

  std::unique_ptr<AnswerFilter> filter_;
  std::optional<wire::HttpHeaders> head_;
  std::string payload_;
  wire::HttpHeaders trailers_;
  Turn ready_;                ///< Sent at the end of the pause.
  Ns since_ = 0, asked_ = 0;  ///< Beginning of the pause, and its length; 0: none.
  bool freed_ = false;        ///< The pause is over: the filter was taken away.
  bool headed_ = false;       ///< The head has been read.
  bool whole_ = false;        ///< The server's answer has come.
  bool cut_ = false;
  bool stalled_ = false;
  bool over_ = false;
  bool counted_ = false;  ///< That the filter acted.
};

}  // namespace pl::proxy

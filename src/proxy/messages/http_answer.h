#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "proxy/fault.h"
#include "wire/http1.h"

namespace pl::proxy {

/// What becomes of one answer. Told its parts in order; what it gives back is sent instead. Pure. May look at its
/// fault's setting, so that another one acts at once: let_go() ends that.
class AnswerFilter {
 public:
  /// What comes after a piece.
  enum class Then : std::uint8_t {
    go_on,
    stall,           ///< Nothing more; the connection stays open.
    close,           ///< The end of the connection, in mid-answer.
    last,            ///< The answer's end, in order, though the server sends more.
    last_and_close,  ///< The same, and then the end of the connection.
  };
  /// What is sent for a part of a body.
  struct Piece {
    std::string out{};  ///< Bytes of the body.
    Ns pause = 0;       ///< Before they are sent; the answer waits.
    Then then = Then::go_on;
  };

  virtual ~AnswerFilter() = default;
  /// May change the head. Returns how long it has to wait.
  virtual Ns head(wire::HttpHead&) { return 0; }
  /// Whether other bytes than the server's may come out; then the body is sent in chunks.
  virtual bool reframes() const { return true; }
  /// Takes bytes of the body from the front of `payload`: all of them, or as many as one piece is about. Asked again
  /// with what is left, after the pause.
  virtual Piece body(std::string_view& payload) = 0;
  /// The body is whole: what goes before its end. Asked again after a pause, until it asks for none.
  virtual Piece end() { return {}; }
  /// How long what waits has to wait in all: asked while it waits. `asked`: what was asked for when it began.
  virtual Ns wait(Ns asked) const { return asked; }
  /// It has changed what it was told, or will have: asked behind the head and each part, and counted once.
  virtual bool acted() const { return true; }
  /// It is meant, and cannot be read, for its content coding or its length: the rest passes.
  virtual bool unreadable() const { return false; }
  /// What it has taken of a body and not given back.
  struct Held {
    std::string bytes{};
    std::size_t sent = 0;  ///< So many bytes of what follows are part of what was sent already.
    bool own = false;      ///< What waits for the end of a pause is nothing of the answer's.
  };
  /// Its fault is taken out in mid-answer: what it holds goes first, and the rest of the body follows without it.
  /// Nothing: after what was sent the rest would make no sense. Asked once, last.
  virtual std::optional<Held> let_go() { return Held{}; }
};

/// The body is not as its media type has it: compressed, for one (RFC 9110 section 8.4).
bool has_content_coding(const wire::HttpHead& head);

/// Changes nothing.
class PassingFilter : public AnswerFilter {
 public:
  bool reframes() const override { return false; }
  bool acted() const override { return false; }
  Piece body(std::string_view& payload) override { return {.out = std::string(std::exchange(payload, {}))}; }
};

/// What an answer answers, as far as it is framed by that.
struct AnswerTo {
  bool head = false;    ///< HEAD: it has no body.
  bool tunnel = false;  ///< CONNECT: what follows success is no HTTP (RFC 9110 section 9.3.6).
  bool old = false;     ///< HTTP/1.0, which knows no chunks.
};

/// One answer of a server on its way through a filter, between the bytes that wait and those that are sent.
class FilteredAnswer {
 public:
  FilteredAnswer(std::unique_ptr<AnswerFilter> filter, AnswerTo to);
  /// What to do with the bytes that wait: one turn. Times are added to the measure.
  Step next(const Waiting& waiting, Ns now, Measure& measure);
  /// The answer is over; what waits behind it is the next one's.
  bool over() const { return over_; }
  /// The connection speaks another protocol from here on (101), or never spoke this one.
  bool upgraded() const { return upgraded_; }
  /// The answer's head was read whole. Until then nothing was sent of it, and its beginning is in head().
  bool headed() const { return headed_; }
  bool unreadable() const { return filter_->unreadable(); }
  const std::string& head() const { return head_; }
  /// The filter is taken away: what waits and what comes passes at once, framed as it began. False: the rest would make
  /// no sense.
  bool let_go();

 private:
  using Then = AnswerFilter::Then;
  /// Reads on until there is something to wait for.
  void advance(std::string_view& bytes, const Waiting& waiting, Ns now, Step& step);
  void on_event(wire::Http1Parser::Step event, End end, Ns now, Step& step);
  void on_head(Ns now, Step& step);
  void give(AnswerFilter::Piece piece, bool at_end, Ns now, Step& step);
  void after(Then then, Step& step);
  void pause(std::string out, Ns time, Ns now);
  /// End of the pause.
  Ns due() const { return asked_ > 0 ? since_ + filter_->wait(asked_) : 0; }
  std::string framed(std::string_view payload) const;

  std::unique_ptr<AnswerFilter> filter_;
  wire::Http1Parser parser_{wire::Http1Parser::Role::response};
  std::string head_;          ///< What came of a head that is not whole, as it came.
  std::string payload_;       ///< Of the body, not given to the filter yet.
  std::string ready_;         ///< Sent at the end of the pause.
  std::string released_;      ///< Sent first: what waited when the filter was taken away.
  Then then_ = Then::go_on;   ///< After it.
  Ns since_ = 0, asked_ = 0;  ///< Beginning of the pause, and its length; 0: none.
  bool old_;                  ///< AnswerTo::old.
  bool headed_ = false;       ///< The answer's own head, not an interim one, has been read.
  bool chunked_ = false;
  bool ends_by_close_ = false;
  bool whole_ = false;     ///< The server's answer has been read.
  bool skipping_ = false;  ///< The program has all; what the server still sends goes nowhere.
  bool starved_ = false;   ///< Nothing more can be done with the bytes there are.
  bool stalled_ = false;
  bool upgraded_ = false;
  bool over_ = false;
  bool counted_ = false;  ///< That the filter acted.
};

}  // namespace pl::proxy

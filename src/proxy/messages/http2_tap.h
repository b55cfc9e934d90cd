#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proxy/http2_state.h"
#include "proxy/messages/http2_answer.h"
#include "proxy/messages/http_plan.h"

namespace pl::proxy {

/// What waits to be sent on one stream, one way, until its receiver's windows allow it (RFC 9113 section 5.2).
struct Http2Outlet {
  std::optional<wire::HttpHeaders> head{};  ///< Of an answer: before the bytes.
  std::string bytes{};
  bool end = false;  ///< The stream's end follows, behind the trailers where there are some.
  wire::HttpHeaders trailers{};
  std::optional<wire::Http2Error> reset{};  ///< Follows instead.
  std::int64_t window = 0;                  ///< What the receiver still takes on this stream.
  /// Bytes that the receiver takes, or will take, beyond those that the sender sent within its window: so much of the
  /// receiver's WINDOW_UPDATEs is kept from the sender.
  std::int64_t debt = 0;

  bool idle() const { return bytes.empty() && !end && !reset; }
};

/// One stream that the fault acts on.
struct Http2Stream {
  enum class Request : std::uint8_t {
    held,       ///< Until it is whole, or until those before it have gone on.
    passing,    ///< It went on, or goes.
    swallowed,  ///< It goes nowhere.
  };
  /// An answer of a fault's own.
  struct Own {
    std::string text;  ///< As HTTP/1.1 writes it.
    Ns after = 0, due = 0;
    int seat = 0;  ///< Whose it is.
    Measure* measure = nullptr;
  };
  /// What a fault does to the server's answer.
  struct Layer {
    Http2Answer answer;
    int seat = 0;
    Measure* measure = nullptr;
  };

  std::uint32_t id = 0;
  Request request = Request::passing;
  bool client_over = false;                 ///< The client sends no more on it.
  bool server_over = false;                 ///< The server sends no more on it.
  bool told = false;                        ///< The client knows its end.
  bool cut = false;                         ///< The server was told so before it had sent all.
  bool closes = false;                      ///< The connection ends behind it.
  std::optional<wire::Http2Error> reset{};  ///< By the server, behind what is on its way of the answer.
  bool decided = false;                     ///< Of one that is held: it goes on when it is its turn.
  wire::HttpHeaders fields{};               ///< Of a request that is held.
  std::string body{};
  std::int64_t withheld = 0;  ///< Of the client's WINDOW_UPDATEs, which the server gets behind the request.
  std::optional<Own> own{};
  std::vector<Layer> layers{};  ///< In the order that the answer passes them.
  Http2Outlet out[2]{};

  bool over() const;
  /// Bytes of the answer that wait in the layers.
  std::size_t waiting() const;
};

/// The part in one connection that speaks HTTP/2 (RFC 9113) of all its faults that are for HTTP. It reads both ways,
/// asks their planners about each request, in their order, and acts on that stream alone: others go on, whatever waits
/// in it.
///
/// Frames that nothing is planned for pass as they came, until the first header block of their way is held back,
/// changed or put in: the receiver's table for header compression then no longer is the sender's, and from there on
/// every block of that way is written anew, without that table (priorities and padding within it are left out). So a
/// connection on which it has acted needs it until its end: stays(). What breaks the protocol passes untouched where
/// nothing was acted on before; else the connection ends.
///
/// Flow control is exact for what is put in and taken out: bodies of its own stay within the receiver's windows, and
/// its updates reach the sender less by what the sender did not send. It is approximate in one thing: a change of
/// SETTINGS_INITIAL_WINDOW_SIZE counts from when it goes by, not from when it is acknowledged.
class Http2Tap {
 public:
  /// `state`: what went by before.
  explicit Http2Tap(const Http2State& state);
  /// One more fault is in force; returns its number here. Planner and measure outlive its part().
  int join(HttpPlanner& planner, Measure& measure, Rng rng);
  /// It is taken out: what it began is brought to an end, so far as it can be.
  void part(int seat, Ns now);
  /// As of Tap.
  Step admit(Way way, const Waiting& waiting, Ns now);
  bool opaque() const { return untouched_; }
  /// A request was longer than is held for those that read bodies.
  bool too_long() const { return too_long_; }
  /// There was an answer that a fault could not read.
  bool unreadable(int seat) const;
  /// The last step, where it is clean(); else the next one.
  Step leave();
  /// It can be taken away: nothing was done that must be done on, and no fault is left.
  bool clean() const;

 private:
  using Request = Http2Stream::Request;
  using Event = wire::Http2Reader::Step;
  /// A fault in force.
  struct Seat {
    int number;
    HttpPlanner* planner;
    Measure* measure;
    Rng rng;
    bool unreadable = false;
  };
  /// A GOAWAY that was sent.
  struct Goaway {
    std::uint32_t last = 0;
    Ns due = 0;
  };

  wire::Http2Reader& reader(Way way) { return state_.reader[index(way)]; }
  Http2Stream* find(std::uint32_t id);
  Http2Stream& track(std::uint32_t id);
  std::map<std::uint32_t, Http2Stream>::iterator forget(std::map<std::uint32_t, Http2Stream>::iterator stream);
  bool untouched() const;
  bool holds(Way way);
  bool closes() const { return closing_ && pending_[index(Way::down)].empty(); }
  void broken(std::string_view& rest);

  // What is read.
  void read(Way way, std::string_view& rest, Ns now);
  void on_event(Way way, Event event, Ns now);
  void on_headers(Way way, Ns now);
  void on_request(Ns now);
  void on_answer_head(Http2Stream& stream, Ns now);
  void on_frame(Way way);
  void on_settings(Way way);
  void on_window(Way way);
  void pass_by(Way way);
  void on_reset(Way way);
  void reset_behind(Http2Stream& stream, wire::Http2Error error);
  void on_part(Way way, Ns now);
  bool takes(Way way, const Http2Stream& stream) const;
  void on_request_part(Http2Stream& stream, Ns now);
  void on_answer_part(Http2Stream& stream);
  void on_trailers(Http2Stream& stream, Ns now);

  // What is decided.
  void decide(Http2Stream& held, Ns now);
  bool ask(std::uint32_t id, const wire::HttpHeaders& fields, std::string_view body, bool ends, bool& plain, Ns now);
  bool act(std::uint32_t id, HttpPlan plan, Seat& seat, bool ends, Ns now);
  void announce_end(std::uint32_t id, const HttpGoaway& goaway, Ns now);
  void pass_request(Http2Stream& stream, wire::HttpHeaders fields);
  void release();

  // What is sent.
  void run(Ns now);
  void renew(Http2Stream::Own& own);
  void run_stream(Http2Stream& stream, Ns now);
  void send_own(Http2Stream& stream, Ns now);
  bool run_layers(Http2Stream& stream, Ns now);
  void account(Http2Stream& stream, const Http2Answer::Turn& turn);
  void hand_on(Http2Stream& stream, std::size_t layer, Http2Answer::Turn turn);
  void apply(Http2Stream& stream, Http2Answer::Turn turn);
  void end_server(Http2Stream& stream);
  void pump(Way way, Http2Stream& stream);
  void tell_end(Http2Stream& stream);
  void lose(Way way, Http2Stream& stream);
  void pass(Way way, std::string_view raw);
  void put(Way way, std::string_view frames);
  void put_head(Way way, std::uint32_t stream, const wire::HttpHeaders& fields, bool ends, std::uint32_t promised = 0);
  void flush(Way way);
  void spend(Way way, Http2Stream* stream, std::size_t bytes);
  void credit(Way way, Http2Stream* stream, std::size_t bytes);
  void give_window(Way way, std::uint32_t stream, std::int64_t bytes, std::int64_t& debt);

  std::vector<Seat> seats_;
  int last_seat_ = 0;
  Http2State state_;
  std::map<std::uint32_t, Http2Stream> streams_;
  std::set<std::uint32_t> unseen_;  ///< Streams that are over, of which the server never heard: the latest.
  std::string out_[2];              ///< Sent with this turn's step.
  std::string pending_[2];          ///< Frames that wait until the one that passes in parts is over.
  std::string stuck_[2];            ///< Head of DATA that waits for the receiver's window.
  std::size_t sent_[2] = {};        ///< Bytes of the reader's current event that went by before the fault came.
  bool mid_[2] = {};                ///< A frame is passing in parts.
  bool too_long_ = false;           ///< See too_long().
  bool taken_[2] = {};              ///< The parts of the current frame do not pass: its stream is acted on.
  bool rewritten_[2] = {};          ///< Header blocks of that way are written anew.
  std::int64_t debt_[2] = {};       ///< Of the connection, as Http2Outlet::debt.
  std::size_t held_ = 0;            ///< Bytes of bodies that wait.
  std::optional<Goaway> goaway_;
  Ns next_ = kNever;
  bool keeps_end_ = false;  ///< Something waits for its time: it comes before the server's end.
  bool gone_[2] = {};       ///< The end of the way's source has come: it takes nothing more either.
  bool closing_ = false;    ///< The connection ends behind what waits for the client.
  bool untouched_ = false;
};

}  // namespace pl::proxy

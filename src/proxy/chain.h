#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "proxy/bytes.h"
#include "proxy/fault.h"

namespace pl::proxy {

/// Bytes that wait before faults, over all connections that share it.
struct Held {
  std::int64_t limit;      ///< At it, only short queues (limits::kRelayQueueBytes) are still filled.
  std::int64_t bytes = 0;  ///< Waiting now.
  std::int64_t stops = 0;  ///< How often a source was not read for want of room behind a fault that may hold more.
};

/// The faults in force on one connection, in the order they were injected, with the bytes that wait before each. Both
/// ways pass them in that order. Pure: told what arrives and the time, it says what may be sent. Queues are soft
/// limits (Tap::room()): a full one is not fed, and its way is not read any more. Behind a request that a fault has
/// answered itself no other goes on while that answer waits before the faults behind it: so those meet answers in the
/// order of the requests that they have seen. For the same reason what has come to its end on the way up waits for such
/// an answer to be sent (Chain::sends).
class Chain {
 public:
  /// Puts a fault behind those with a smaller number; what it does not act on passes it by.
  void add(std::int64_t id, std::unique_ptr<Tap> tap, std::shared_ptr<Measure> measure, Ns now, Ways ways = Ways::both);
  /// Takes a fault out; what waited before it moves on, in order. Unknown: nothing happens. A tap that stays
  /// (Tap::stays) goes on as nobody's. Nothing else is asked of the tap any more: its fault may be gone.
  void remove(std::int64_t id, Ns now);
  /// The fault's parameters have changed: it is asked again, whenever it wanted that.
  void changed(std::int64_t id, Ns now);
  bool has(std::int64_t id) const;
  /// It understands nothing on this connection (Tap::opaque).
  bool opaque(std::int64_t id) const;
  /// A fault with this number would stand behind all others.
  bool is_last(std::int64_t id) const { return stages_.empty() || stages_.back().id < id; }

  /// Bytes came from the source of a way.
  void arrive(Way way, std::string_view bytes, Ns now);
  /// The source of a way ended. Once per way.
  void end(Way way, End how, Ns now);
  /// The source of a way failed after it had ended in order: an end that still waits is a reset.
  void failed(Way way);
  /// Lets through what the faults allow now.
  void run(Ns now);

  /// Whether the source of a way should be read.
  bool reads(Way way) const;
  /// Bytes that may be sent to the sink of a way; consume what was sent, then run() again.
  ByteQueue& out(Way way) { return out_[index(way)]; }
  /// Whether out() of a way may be sent now. Where both ways have bytes, down goes first.
  bool sends(Way way) const { return way == Way::down || !has_answered_ || out_[index(Way::down)].empty(); }
  /// How the way ends behind out(); `none` while it does not.
  End out_end(Way way) const { return out_end_[index(way)]; }
  /// How the faults want the TLS handshake with the program to be.
  Handshake handshake() const;
  /// A fault wants RST on both sides.
  bool wants_reset() const { return reset_; }
  /// A request has gone on behind all faults, and no byte of its answer has. One that still waits before a fault, or
  /// that a fault answers itself, a fault that is put behind them will not be owed an answer for.
  bool awaiting() const { return awaiting_; }
  /// When run() is due next though nothing arrives.
  Ns next() const;
  /// Bytes that wait in it, one way.
  std::size_t waiting(Way way) const;
  /// No fault and no byte is left: the connection can do without.
  bool idle() const { return stages_.empty() && out_[0].empty() && out_[1].empty(); }

  /// `held`: where waiting bytes are counted and bounded over several chains; outlives the chain.
  /// `awaiting`: a request was sent before, and no byte of its answer has come.
  explicit Chain(Held* held = nullptr, bool awaiting = false) : held_(held), awaiting_(awaiting) {}
  ~Chain();
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

 private:
  struct Stage {
    std::int64_t id;
    std::unique_ptr<Tap> tap;
    std::shared_ptr<Measure> measure;
    Ways ways = Ways::both;
    ByteQueue waiting[2];
    End end[2] = {End::none, End::none};
    bool ended[2] = {};  ///< The end went on: nothing follows this way.
    Ns wake[2] = {kNever, kNever};
    bool last_up = false;   ///< The last bytes that came were a request's.
    bool opaque = false;    ///< Counted, once.
    bool closed = false;    ///< The same.
    bool retired = false;   ///< Its fault was taken out; the tap stays.
    bool answered = false;  ///< It has answered a request itself (Step::answered): that answer may still wait.
  };
  std::vector<Stage>::iterator find(std::int64_t id);
  std::size_t next_stage(std::size_t stage, Way way) const;
  void hold(Stage& stage, std::int64_t bytes);
  static void lose(Stage& stage, std::size_t bytes);
  static void note_closed(Stage& stage, Way way, bool both);
  void end_stage(std::size_t stage, Way way, End how);
  void enter(std::size_t stage, Way way, std::string_view bytes, Ns now);
  void enter_end(std::size_t stage, Way way, End how);
  bool settle(std::size_t stage, Way way, Ns now);
  void take_out(std::vector<Stage>::iterator found, Ns now);
  bool reap(Ns now);
  static bool has_left(const Stage& stage);
  bool answers_wait(std::size_t place) const;
  bool answer_under_way(std::size_t place) const;
  static void note_opaque(Stage& stage);
  bool apply(std::size_t stage, Way way, Step step, Ns now);
  bool room(std::size_t stage, Way way) const;
  bool free_behind(std::size_t stage, Way way) const;

  std::vector<Stage> stages_;
  Held* held_;
  ByteQueue out_[2];
  End out_end_[2] = {End::none, End::none};
  bool awaiting_;
  bool has_answered_ = false;  ///< A fault has answered a request itself; until nothing waits on the way down.
  bool reset_ = false;
  mutable bool stopped_[2] = {};  ///< For counting, once each time.
};

}  // namespace pl::proxy

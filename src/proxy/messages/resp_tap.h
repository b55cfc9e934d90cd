#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "proxy/fault.h"
#include "proxy/resp_count.h"

namespace pl::proxy {

/// A command as a fault sees it.
struct RespCommand {
  std::string_view name;       ///< Upper case.
  std::string_view key;        ///< The first one, or the first argument; empty: none.
  std::int64_t arguments = 1;  ///< The name included.
  bool resp3 = false;          ///< The connection speaks version 3.
  bool queued = false;         ///< It is within MULTI, where its effect waits for EXEC.
};

/// What is done about one command. By default: nothing.
struct RespPlan {
  std::optional<std::string> reply{};  ///< As it stands on the wire, instead of passing the command on.
  Ns delay = 0;                        ///< Before it goes on.
  /// The connection ends, and the command goes nowhere: with FIN when the replies before it have come, with RST at
  /// once.
  End end = End::none;

  bool acts() const { return reply.has_value() || delay > 0 || end != End::none; }
};

/// Who decides about commands: the fault in force.
class RespPlanner {
 public:
  virtual ~RespPlanner() = default;
  virtual RespPlan plan(const RespCommand& command, Rng& rng) = 0;
  /// The delay that is in force now for commands that wait already; nothing: the one that was planned.
  virtual std::optional<Ns> delay() const { return std::nullopt; }
};

/// A fault's part in one connection that speaks Redis' protocol: it reads both ways, asks the planner about each
/// command, and does what the plan says. Other commands pass as they came, pipelined ones too; a reply of its own waits
/// for those before it. Where an error of its own comes within MULTI, the server gets a command that it refuses, so
/// that EXEC fails as Redis itself would have it, and the program the error in place of that reply.
///
/// A command that is a line of text is met when a reply has shown that the server speaks this protocol.
///
/// What is not this protocol, or no longer one reply to one command (SUBSCRIBE, MONITOR, CLIENT REPLY, PSYNC), passes
/// untouched for good. A connection that was open before is read from the next command on where it was counted from its
/// beginning, else from the first that comes while, as far as can be guessed, no reply is owed.
class RespTap : public Tap {
 public:
  /// Planner and measure outlive it.
  RespTap(RespPlanner& planner, Measure& measure, const ConnectionView& view, Rng rng)
      : planner_(planner),
        measure_(measure),
        rng_(rng),
        in_step_(view.fresh),
        count_(view.resp != nullptr && !view.fresh ? std::optional(*view.resp) : std::nullopt),
        awaiting_(view.awaiting),
        knows_version_(view.fresh) {}
  Step admit(Way way, const Waiting& waiting, Ns now) override;
  bool opaque() const override { return untouched_ && !ended_; }
  bool answers() const override { return true; }
  Step leave(Ns now) override;
  bool stays() const override;
  void answered_behind() override;

 private:
  /// What is being done with the rest of a command.
  enum class Rest : std::uint8_t { none, passing, swallowed, line };  ///< line: one of text, up to its end.
  /// A decision that waits for its time.
  struct Decision {
    RespPlan plan;
    Ns since = 0;
  };
  /// A reply that is owed and not like others.
  struct Special {
    std::int64_t number;  ///< Of its command.
    std::string instead;  ///< What the program gets for it; empty: itself.
    bool resp3 = false;   ///< Of HELLO: the version that stays if it is refused.
  };

  Step commands(const Waiting& waiting, Ns now);
  /// Goes on with a command of which the beginning was read; the step to take, or nothing to read on.
  std::optional<Step> rest_of_command(std::string_view bytes, std::size_t& pass);
  std::optional<Step> act(const RespCommandHead& head, std::size_t& pass, Ns now);
  void decide(const RespCommandHead& head, Ns now);
  void note_passing(const RespCommandHead& head);
  /// The command goes nowhere: `reply` takes its place, or else `instead` that of the server's reply to `sent`.
  void swallow(const RespCommandHead& head, std::string reply);
  void swallow(const RespCommandHead& head, std::string_view sent, std::string instead);
  Step replies(const Waiting& waiting);
  Step touch_no_more(const Waiting& waiting);
  Step go_by(Way way, const Waiting& waiting);
  bool falls_into_step(const Waiting& waiting);
  std::int64_t owed() const { return sent_ - replied_; }

  RespPlanner& planner_;
  Measure& measure_;
  Rng rng_;
  bool in_step_;                    ///< It is known where commands and replies begin.
  std::optional<RespCount> count_;  ///< Until then: what is owed, where that is known. Else it is guessed by these:
  bool awaiting_;                   ///< Something was asked and nothing answered.
  bool knows_version_;              ///< HELLO would have been seen.
  bool whole_ = true;               ///< The last bytes that came back ended a line.
  bool untouched_ = false;          ///< Commands are not read any more.
  bool ended_ = false;              ///< It was understood until the server said all.

  Rest rest_state_ = Rest::none;
  RespRest rest_;
  bool says_ = false;  ///< The line is not empty: it is answered.
  std::optional<Decision> decision_;
  std::string own_;            ///< Of the command that is swallowed: sent back behind it.
  std::string_view in_place_;  ///< Of the command that is swallowed: goes on in its place.
  bool multi_ = false;         ///< Commands are queued at the server.
  bool left_ = false;          ///< The fault was taken out: nobody is asked about commands any more.
  bool resp3_ = false;

  RespReplies reader_;
  std::int64_t sent_ = 0, replied_ = 0;
  std::deque<Special> specials_;
};

}  // namespace pl::proxy

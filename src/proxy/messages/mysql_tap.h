#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "proxy/fault.h"
#include "proxy/mysql.h"
#include "proxy/mysql_count.h"

namespace pl::proxy {

/// A statement that is to be carried out, as a fault sees it.
struct MySqlStatement {
  std::string_view text;        ///< Its beginning (limits::kMySqlTextBytes); empty: not known.
  bool in_transaction = false;  ///< One is open, as far as the server has said, or a BEGIN is under way.
};

/// What is done about one statement. By default: nothing.
struct MySqlPlan {
  int error = 0;  ///< Its number, sent instead of passing the statement on; 0: none.
  std::string state{}, message{};
  bool rolls_back = false;  ///< The server would end an open transaction with that error.
  Ns delay = 0;             ///< Before it goes on.
  /// The connection ends, and the statement goes nowhere: with FIN when the answers before it have come, with RST at
  /// once.
  End end = End::none;

  bool acts() const { return error != 0 || delay > 0 || end != End::none; }
};

/// Who decides about statements: the fault in force.
class MySqlPlanner {
 public:
  virtual ~MySqlPlanner() = default;
  virtual MySqlPlan plan(const MySqlStatement& statement, Rng& rng) = 0;
  /// The delay that is in force now for statements that wait already; nothing: the one that was planned.
  virtual std::optional<Ns> delay() const { return std::nullopt; }
  /// Of a new connection: the ERR packet that it gets instead of the server's greeting; empty: the greeting.
  virtual std::string refusal(Rng&) { return {}; }
};

/// A fault's part in one connection that speaks MySQL's protocol: it reads both ways, asks the planner about each
/// statement that is carried out (COM_QUERY, COM_STMT_EXECUTE), and does what the plan says. So that it can read a new
/// connection, TLS (which the relay does not end) and compression are taken out of the server's greeting. An error of
/// its own waits for the answers before it.
///
/// What is not this protocol, is compressed or encrypted, or becomes a stream of events (COM_BINLOG_DUMP), passes
/// untouched for good. A connection that was open before is read from the next command on where it was followed from
/// its beginning, else from the first that comes in one piece while nothing is owed.
class MySqlTap : public Tap {
 public:
  /// Planner and measure outlive it.
  MySqlTap(MySqlPlanner& planner, Measure& measure, const ConnectionView& view, Rng rng)
      : planner_(planner),
        measure_(measure),
        rng_(rng),
        phase_(view.fresh ? Phase::greeting : Phase::unknown),
        count_(view.mysql != nullptr && !view.fresh ? std::optional(*view.mysql) : std::nullopt),
        awaiting_(view.awaiting),
        tls_ended_(view.starttls) {}
  Step admit(Way way, const Waiting& waiting, Ns now) override;
  bool opaque() const override { return phase_ == Phase::untouched && !ended_; }
  bool answers() const override { return true; }
  Step leave(Ns now) override;
  bool stays() const override;
  void answered_behind() override;

 private:
  enum class Phase : std::uint8_t {
    unknown,   ///< Open before; it is not known where packets begin.
    greeting,  ///< The server has not spoken.
    response,  ///< The program has not answered the greeting.
    commands,
    untouched,
  };
  /// What is being done with the rest of a packet from the program, and with those that continue it.
  enum class Rest : std::uint8_t { none, passing, swallowed };
  struct Decision {
    MySqlPlan plan;
    Ns since = 0;
  };
  struct Prepared {
    std::string text;
    std::uint64_t parameters = 0;
    std::string types;  ///< Of its parameters, as sent with an execution that the server has not seen.
  };
  /// An answer that the server owes.
  struct Owed {
    MySqlAnswer kind;
    MySqlAnswerReader reader;
    std::string prepares;  ///< The statement whose number it tells.
    std::string instead;   ///< What the program gets for it; empty: itself.
    bool mute = false;     ///< It goes nowhere.

    bool replaced() const { return mute || !instead.empty(); }
  };

  Step up(const Waiting& waiting, Ns now);
  Step down(const Waiting& waiting, Ns now);
  Step greeting(const Waiting& waiting, Ns now);
  /// One packet of the program; the step to take, or nothing to read on.
  std::optional<Step> packet(const Waiting& waiting, std::size_t& pass, Ns now);
  std::optional<Step> command(std::string_view payload, std::size_t& pass, Ns now);
  std::optional<Step> act(std::string_view text, std::size_t& pass, Ns now);
  std::optional<Step> rest_of_packet(std::string_view bytes, std::size_t& pass);
  Step behind_swallowed(Step step);
  void note_long_data(std::uint8_t code, std::string_view payload);
  bool login(std::string_view payload);
  void note_passing(std::string_view payload);
  /// Adds to an execution that passes the types that one before it has told only here; or notes those of one that is
  /// swallowed.
  std::optional<Step> types(std::string_view payload, std::size_t pass);
  Prepared* find_prepared(std::string_view payload);
  void on_answer(Owed& owed);
  std::string_view text_of(std::string_view payload);
  bool takes_over();
  Step go_by(Way way, const Waiting& waiting);
  bool falls_into_step(std::string_view bytes) const;
  Step touch_no_more(const Waiting& waiting);

  MySqlPlanner& planner_;
  Measure& measure_;
  Rng rng_;
  Phase phase_;
  Ns begun_ = kNever;                ///< Since when something waits to be the whole of a greeting.
  bool ended_ = false;               ///< It was understood until the server said all.
  bool left_ = false;                ///< The fault was taken out: nobody is asked about statements any more.
  std::optional<MySqlCount> count_;  ///< While unknown: what is owed, where that is known. Else it is guessed by this:
  bool awaiting_;                    ///< While unknown: something was asked and nothing answered.
  bool tls_ended_;                   ///< By the relay, behind the greeting.

  Rest rest_state_ = Rest::none;
  std::size_t rest_ = 0;       ///< Of the packet, still to come.
  bool continues_ = false;     ///< Another packet continues it.
  std::uint8_t sequence_ = 0;  ///< Of the packet.
  bool sends_file_ = false;    ///< Packets are a file's, until an empty one.
  std::optional<Decision> decision_;
  MySqlPlan own_;  ///< Of the statement that is swallowed.
  /// It is an execution, for which the server has data that is to be forgotten: its statement's number.
  std::optional<std::uint32_t> resets_;

  MySqlPackets packets_;
  std::deque<Owed> owed_;
  std::optional<bool> deprecates_eof_;
  std::optional<bool> attributes_;              ///< Commands may have attributes.
  std::map<std::uint32_t, Prepared> prepared_;  ///< Statements by their number.
  std::set<std::uint32_t> long_data_;           ///< Those for whose next execution the server has data already.
  std::string last_prepared_;                   ///< MariaDB's clients may execute it without knowing its number.
  bool in_transaction_ = false;
};

}  // namespace pl::proxy

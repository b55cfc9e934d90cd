#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/fault.h"
#include "proxy/messages/postgres_texts.h"
#include "proxy/postgres_count.h"
#include "wire/postgres_message.h"

namespace pl::proxy {

/// A statement as a fault sees it: a simple query, or a prepared one that is bound to be executed.
struct PgStatement {
  std::string_view text{};  ///< At most limits::kPgTextBytes of it.
  bool known = true;        ///< False: it was prepared before the fault met the connection, and has no text.
  bool in_transaction = false;
  bool has_place = false;  ///< An earlier statement that is answered together with it has one: it may not wait for one.
};

/// A place that a statement waits for. It is given back by its end: when the statement has been answered, or the
/// connection has ended, or the fault.
class PgPlace {
 public:
  virtual ~PgPlace() = default;
  /// Takes the place if that is possible now and returns `now`; else returns when to ask again.
  virtual Ns take(Ns now) = 0;
};

/// What is done about a statement or a connection. By default: nothing.
struct PgPlan {
  enum class Then : std::uint8_t {
    pass,
    error,  ///< It fails, in its turn; the connection lives on.
    end,    ///< It is answered with a FATAL error, in its turn, and the connection ends.
    reset,  ///< RST to both sides, at once.
  };
  Then then = Then::pass;
  std::string sqlstate{};  ///< Of the error.
  std::string message{};
  Ns delay = 0;                        ///< pass: before a statement goes on.
  std::unique_ptr<PgPlace> place{};    ///< pass: that a statement waits for after that.
  std::shared_ptr<const void> keep{};  ///< Of a connection: kept as long as it lives.
};

/// Who decides about connections and statements: the fault in force.
class PgPlanner {
 public:
  virtual ~PgPlanner() = default;
  /// The fault and a connection met. `fresh`: it is a new one, whose start-up is still to come: nothing is done yet.
  virtual PgPlan meet(bool fresh, Ns now) {
    static_cast<void>(fresh), static_cast<void>(now);
    return {};
  }
  /// A program wants to log in: pass, end or reset.
  virtual PgPlan log_in(Ns) { return {}; }
  virtual PgPlan plan(const PgStatement&, Rng&, Ns) { return {}; }
  /// The delay that is in force now for statements that wait already; nothing: the one that was planned.
  virtual std::optional<Ns> delay() const { return std::nullopt; }
};

/// A fault's part in one connection that speaks PostgreSQL's protocol 3 (PostgreSQL 15 documentation, chapter 55,
/// "Frontend/Backend Protocol"): it reads both ways as messages, asks the planner about each statement, and does what
/// the plan says. What is not planned for passes as it came; no message is kept whole, and of a statement
/// limits::kPgTextBytes are read. Requests for encryption are answered "N", so that a new connection stays readable.
///
/// A statement that is to fail never reaches the server. In its place (that of its Bind) goes one that the server
/// refuses, so that everything that follows from an error is the server's own doing: what it undoes, what it passes
/// over up to the Sync, and that the transaction has failed. Of its answer the error is replaced, unless it is that the
/// transaction had failed before. Where the end of a transaction is to fail, the transaction is rolled back first, as
/// PostgreSQL does. Other faults do not ask about the statement that is refused, and count the same.
///
/// What is not PostgreSQL passes untouched. A connection that was open before is read from the next message on that the
/// program sends; what is owed before that is known where the connection was counted from its beginning (PgCount), else
/// it is taken for one answer. Taken out of force between a statement and its error, it stays until that is said.
class PgTap : public Tap {
 public:
  /// Planner and measure outlive it.
  PgTap(PgPlanner& planner, Measure& measure, const ConnectionView& view, Rng rng)
      : planner_(planner),
        measure_(measure),
        rng_(rng),
        fresh_(view.fresh),
        count_(view.postgres != nullptr && !view.fresh ? std::optional(*view.postgres) : std::nullopt),
        settled_(view.fresh || !view.awaiting) {}
  Step begin(Ns now) override;
  Step admit(Way way, const Waiting& waiting, Ns now) override;
  bool opaque() const override { return untouched_; }
  bool answers() const override { return true; }
  Step leave(Ns now) override;
  bool stays() const override { return leaving_ && !untouched_ && owes_errors(); }

 private:
  /// Of the message that is on its way.
  struct Flow {
    std::uint64_t left = 0;
    bool drop = false;

    std::size_t here(std::string_view bytes) const {
      return static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size()));
    }
  };
  /// A message of the program: what is read of it.
  struct Message {
    char type;
    std::uint64_t size;     ///< Of the whole message.
    std::size_t here;       ///< So many bytes of it wait.
    std::string_view body;  ///< Its beginning.
    bool whole = false;     ///< `body` is all of it.
  };
  /// What the program gets instead of answers of the server: from one on all go nowhere, and the error stands for the
  /// server's, or before its ReadyForQuery.
  struct Instead {
    int from = 0;         ///< So many answers come before, since the last ReadyForQuery.
    std::string error{};  ///< Empty: nothing is replaced.
  };
  /// A Parse that may fail yet.
  struct Parsed {
    int from;  ///< So many answers come before its own, since the last ReadyForQuery.
    PgTexts::Change change;
  };
  /// A ReadyForQuery that the server owes.
  struct Owed {
    Instead instead{};  ///< Of what comes before it. `from`: messages of the extended protocol before a query, too.
    bool sync = false;  ///< The program's Sync asked for it.
    int copy_ends = 0;  ///< Of a Sync: how many COPYs the program had ended before.
    std::vector<Parsed> parsed{};
    std::unique_ptr<PgPlace> place{};
  };
  /// Messages of the extended protocol since the last Sync.
  struct Run {
    int sent = 0;  ///< Messages that the server answers, each with one that ends its answer.
    Instead instead{};
    std::vector<Parsed> parsed{};
    std::unique_ptr<PgPlace> place{};
  };
  /// A statement that waits.
  struct Held {
    Ns since = 0, delay = 0;
    std::unique_ptr<PgPlace> place{};
    bool counted = false;
  };
  /// How the connection ends, once its turn has come.
  struct Ending {
    std::string error;  ///< Empty: reset.
  };
  enum class Fate : std::uint8_t { pass, hold, fail, end };
  struct Decision {
    Fate fate = Fate::pass;
    std::string error{};
    Ns again = kNever;
  };

  bool falls_into_step(Way way, const Waiting& waiting);
  Step up(const Waiting& waiting, Ns now);
  Step start_up(const Waiting& waiting, Ns now);
  Step ending(const Waiting& waiting, Ns now);
  std::optional<Step> on_message(const Message& message, Ns now);
  std::optional<Step> on_query(const Message& message, Ns now);
  std::optional<Step> on_parse(const Message& message);
  std::optional<Step> on_bind(const Message& message, Ns now);
  std::optional<Step> on_sync();
  void on_close(const Message& message);
  Decision decide(std::string_view text, bool known, Ns now);
  Decision on_plan(PgPlan plan, Ns now);
  Decision wait(Ns now);
  std::optional<Step> fail_run(const Message& message, std::string error, wire::PgVerb verb);
  std::optional<Step> pass_refused(const Message& message);
  bool note_failure(wire::PgVerb verb);
  Step drop(const Message& message, std::string instead = {});
  static Step drop_flow(Flow& flow, std::string_view bytes);
  void note(wire::PgVerb verb);
  void owe(Owed owed);
  void begin_copy();
  void end_copy();

  Step down(const Waiting& waiting);
  std::string on_server(const wire::PgHead& head, std::string_view begin);
  void pass_over();
  void take_back(std::vector<Parsed> parsed);
  Instead& instead() { return owed_.empty() ? run_.instead : owed_.front().instead; }
  std::optional<Step> on_ready(char transaction);
  void look_at_tail(std::string_view bytes);
  Step touch_no_more(const Waiting& waiting);
  bool owes_errors() const;

  PgPlanner& planner_;
  Measure& measure_;
  Rng rng_;
  std::shared_ptr<const void> keep_;

  bool fresh_;                    ///< It was new when the fault met it.
  std::optional<PgCount> count_;  ///< Until it falls into step with a connection that was open: what is owed there.
  bool typed_ = false;  ///< Messages have types: the start-up is over, or was before. Until then nothing is read down.
  bool settled_;        ///< False: an answer was under way; until its end the planner is not asked.
  bool untouched_ = false;  ///< Nothing is read any more.
  bool leaving_ = false;  ///< The fault is out of force, and the planner is gone: what was begun is brought to its end.
  bool down_over_ = false;

  Flow flow_[2];
  std::optional<Held> held_;
  std::optional<Ending> ending_;
  Run run_;
  int answered_ = 0;       ///< Answers that have come to their end since the last ReadyForQuery.
  bool skipping_ = false;  ///< A statement of this run fails: the server passes over everything up to the Sync.
  bool copying_ = false;   ///< The server takes the data of a COPY.
  int copies_ = 0, copy_ends_ = 0;  ///< Begun by the server, and ended by the program, which may be ahead of it.
  char transaction_ = 0;            ///< 'I', 'T' or 'E' to the server once all that was sent is done; 0: not known.
  std::deque<Owed> owed_;
  PgTexts texts_;
  std::string tail_;  ///< Last bytes that came down while that was not read.
};

}  // namespace pl::proxy

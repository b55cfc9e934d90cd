#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/time.h"

/// PostgreSQL's protocol 3 as one who looks on sees it, without I/O (PostgreSQL 15 documentation, chapter 55,
/// "Frontend/Backend Protocol").
namespace pl::wire {

/// Something that a connection said. Views hold until the parser is called again.
struct PgEvent {
  enum class Kind : std::uint8_t {
    statement,  ///< The text of a simple query, or of a statement to be prepared. The moment for PgParser::label().
    bound,      ///< Values came for a statement.
    done,       ///< A statement was executed or failed; a simple query is one, however many statements it has.
  };
  Kind kind = Kind::done;
  std::string_view text;      ///< statement: its text; bound: formats and values as they stand in the message.
  bool cut = false;           ///< `text` is only the first limits::kPgTextBytes.
  std::int64_t label = -1;    ///< bound, done: what label() said of the statement; -1 where it is not known.
  std::int64_t rows = 0;      ///< done: rows that the program was sent.
  Ns sent = 0;                ///< done: when it was asked for.
  std::string_view sqlstate;  ///< done: of the error; empty where it succeeded.
};

/// Reads both ways of one connection from its first byte, split anywhere. Statements are matched with their ends in
/// order, pipelined ones too. What is not PostgreSQL, broken, encrypted or a replication makes it opaque, for good: it
/// then takes everything and says nothing. It keeps names and numbers of what is under way (limits::kPgNames,
/// kPgPending), and of a message that is split kPgTextBytes at most; passwords are never kept. One owner, one thread.
class PgParser {
 public:
  enum class Step : std::uint8_t {
    more,    ///< The input is used up.
    event,   ///< event() is whole.
    opaque,  ///< Nothing can follow.
  };

  /// Takes bytes of one way from the front of `input` up to the next event. Call until it returns no `event`.
  Step next(bool from_program, std::string_view& input, Ns now);
  const PgEvent& event() const { return event_; }
  /// Gives the statement of event() a number, which its later events carry. False: no more names can be kept.
  bool label(std::int64_t label);
  /// 'I': idle, 'T': in a transaction, 'E': in a failed one; 0 before the server was ready.
  char transaction() const { return transaction_; }

 private:
  /// What the server owes an answer for.
  struct Pending {
    enum class Kind : std::uint8_t { query, parse, bind, describe, execute, close, sync, function };
    Kind kind;
    std::int64_t label = -1;
    std::int64_t rows = 0;
    Ns sent = 0;
    std::string name;      ///< parse: of the statement; execute: of the portal.
    std::string sqlstate;  ///< query: of its error.
  };
  struct Portal {
    std::int64_t label = -1;
    std::int64_t rows = 0;  ///< Sent before it was suspended.
  };
  /// One way: the message that is being read.
  struct Reader {
    std::string head;
    std::string body;  ///< Kept bytes of a body that came in pieces.
    std::uint64_t size = 0, left = 0;
    char type = 0;
    bool in_body = false;
  };

  bool read_head(bool from_program, Reader& reader, std::string_view& input);
  bool read_start_up(Reader& reader);
  bool encryption_answered(std::string_view& input);
  bool on_program(char type, std::string_view body, std::uint64_t size, Ns now);
  bool on_query(std::string_view body, Ns now);
  bool on_parse(std::string_view body, Ns now);
  bool on_bind(std::string_view body, bool cut);
  bool on_server(char type, std::string_view body);
  bool on_complete();
  bool on_error(std::string_view body);
  bool on_ready(std::string_view body);
  void answered(Pending::Kind kind);
  void end_copy();
  void push(Pending pending);
  void say_done(const Pending& pending, std::string_view sqlstate);
  bool give_up();

  PgEvent event_;
  Reader readers_[2];  ///< Of the program, of the server.
  std::deque<Pending> pending_;
  std::map<std::string, std::int64_t, std::less<>> statements_;
  std::map<std::string, Portal, std::less<>> portals_;
  std::string sqlstate_;
  char transaction_ = 0;
  bool started_ = false;   ///< The start-up message came: messages have types.
  bool encrypts_ = false;  ///< The server is to say by one byte whether it encrypts.
  bool skipping_ = false;  ///< After an error: the server drops everything up to the next Sync.
  bool copying_in_ = false;
  bool opaque_ = false;
};

}  // namespace pl::wire

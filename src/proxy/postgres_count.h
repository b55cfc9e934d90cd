#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/fault.h"

namespace pl::proxy {

/// How many answers are owed on a connection that speaks PostgreSQL's protocol 3: counted from its beginning without
/// acting on anything, for a fault that comes when statements are under way. Heads of messages are read, bodies are
/// skipped. A copy goes on from the same place.
///
/// An answer's end is ReadyForQuery, which a simple query, a function call, a Sync and the start-up ask for (PostgreSQL
/// 15 documentation, 55.2 "Message Flow"). Queries between a failed statement of the extended protocol and its Sync,
/// which the server passes over, are counted too.
class PgCount {
 public:
  /// What asked for an answer.
  static constexpr char kSync = 'S', kOther = 'Q';

  /// Bytes went by as they came.
  void passed(Way way, std::string_view bytes);
  /// A fault may come in before the program's next byte: the program stands between two messages, no statement waits
  /// for its Sync, no COPY is under way, and it is known where the server stands.
  bool between() const;
  /// A character for each answer that is owed, in order: kSync or kOther.
  std::string_view owed() const { return owed_; }
  /// A message is on its way in part.
  bool in_message(Way way) const { return !flow_[index(way)].head.empty() || flow_[index(way)].left > 0; }
  /// Bytes still to come of the server's message that is on its way.
  std::uint64_t left() const { return flow_[index(Way::down)].left; }
  /// The transaction as the last answer told it: 'I', 'T' or 'E'; 0 before the first.
  char transaction() const { return transaction_; }
  /// It is not this protocol, or it is encrypted, or a replication: nothing is counted any more.
  bool lost() const { return lost_; }

 private:
  /// The message that is on its way.
  struct Flow {
    std::string head;        ///< Its beginning, until that has come whole.
    std::uint64_t left = 0;  ///< Bytes behind that, still to come.
  };

  std::size_t head_bytes(Way way) const;
  bool on_head(Way way);
  bool on_start_up();
  void on_program(char type);
  void on_server(char type);
  void end_copy();

  Flow flow_[2];
  std::string owed_;
  bool logged_in_ = false;  ///< The start-up message was sent: what follows has types.
  bool open_ = false;       ///< Messages of the extended protocol have no Sync yet.
  bool copying_ = false;    ///< The server takes the data of a COPY, and passes over each Sync.
  char transaction_ = 0;
  bool lost_ = false;
};

}  // namespace pl::proxy

#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "proxy/fault.h"
#include "proxy/mysql.h"

namespace pl::proxy {

/// Whether a server's first bytes may be MySQL's greeting.
bool may_be_mysql_greeting(std::string_view bytes);

/// What is owed on a connection that speaks MySQL's protocol, and whether a transaction is open: followed from its
/// greeting without acting on anything, for a fault that comes later. Heads of packets are read, the rest is skipped. A
/// copy goes on from the same place.
class MySqlCount {
 public:
  /// An answer that the server owes.
  struct Owed {
    MySqlAnswer kind;
    MySqlAnswerReader reader;
  };

  /// Bytes went by as they came.
  void passed(Way way, std::string_view bytes);
  /// The oldest answer that is owed will not come by.
  void answered();
  /// A fault may come in before the program's next byte: it stands between two commands, or two packets of a file.
  bool between() const { return !lost_ && logged_in_ && up_.between(); }
  const std::deque<Owed>& owed() const { return owed_; }
  /// Where the server's packet stands.
  const MySqlPackets& packets() const { return down_; }
  std::optional<bool> deprecates_eof() const { return deprecates_eof_; }
  bool attributes() const { return attributes_; }          ///< Commands may have attributes.
  bool in_transaction() const { return in_transaction_; }  ///< As the server has said, or a BEGIN is under way.
  bool sends_file() const { return sends_file_; }          ///< Packets are a file's, until an empty one.
  /// It is not this protocol, or it is compressed or encrypted, or a stream of events: nothing is counted any more.
  bool lost() const { return lost_; }

 private:
  bool on_program(const MySqlHead& packet);
  bool on_login(const MySqlHead& packet);
  bool on_command(const MySqlHead& packet);
  bool on_server(const MySqlHead& packet);

  MySqlPackets up_, down_;
  std::deque<Owed> owed_;
  std::optional<bool> deprecates_eof_;
  bool greeted_ = false, logged_in_ = false, attributes_ = false;
  bool in_transaction_ = false, sends_file_ = false, lost_ = false;
};

}  // namespace pl::proxy

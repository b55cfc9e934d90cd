#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "proxy/fault.h"
#include "proxy/resp.h"

namespace pl::proxy {

/// How many replies are owed on a connection that speaks Redis' protocol: counted from its beginning without acting on
/// anything, for a fault that comes when commands are under way. A copy goes on from the same place.
class RespCount {
 public:
  /// Bytes went by as they came.
  void passed(Way way, std::string_view bytes);
  /// The oldest reply that is owed will not come by.
  void answered();
  /// A fault may come in before the program's next byte: it is known where a command stands, if only in its rest.
  bool between() const { return !lost_ && head_.empty(); }
  /// What is still to come of the command that is on its way.
  const RespRest& rest() const { return rest_; }
  /// Where the server's reply stands.
  const RespReplies& reader() const { return replies_; }
  std::int64_t sent() const { return sent_; }        ///< Commands.
  std::int64_t replied() const { return replied_; }  ///< How many of them have their reply.
  bool multi() const { return multi_; }              ///< Commands are queued at the server.
  bool resp3() const { return resp3_; }              ///< The version, if no HELLO under way is refused.
  /// A HELLO whose reply is owed.
  struct Hello {
    std::int64_t number;  ///< Of the command, counted from 0.
    bool resp3;           ///< The version that stays if it is refused.
  };
  const std::deque<Hello>& hellos() const { return hellos_; }
  /// It is not this protocol, or no longer one reply to one command: nothing is counted any more.
  bool lost() const { return lost_; }

 private:
  bool commands(std::string_view bytes);
  bool replies(std::string_view bytes);
  bool on_command(const RespCommandHead& head);
  void on_reply(bool refused);

  std::string head_;  ///< The beginning of a command that has not come whole.
  RespRest rest_;
  RespReplies replies_;
  std::int64_t sent_ = 0, replied_ = 0;
  bool multi_ = false, resp3_ = false;
  std::deque<Hello> hellos_;
  bool lost_ = false;
};

}  // namespace pl::proxy

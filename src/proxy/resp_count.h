#pragma once
#include <cstdint>
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
  void answered() { owed_ -= owed_ > 0 ? 1 : 0; }
  /// Both ways stand between two messages, and no reply is owed.
  bool quiet() const { return !lost_ && head_.empty() && rest_.over() && replies_.at_start() && owed_ == 0; }
  /// It is not this protocol, or no longer one reply to one command: nothing is counted any more.
  bool lost() const { return lost_; }

 private:
  bool commands(std::string_view bytes);
  bool replies(std::string_view bytes);

  std::string head_;  ///< The beginning of a command that has not come whole.
  RespRest rest_;
  RespReplies replies_;
  std::int64_t owed_ = 0;
  bool lost_ = false;
};

}  // namespace pl::proxy

#include "proxy/resp_count.h"

#include <utility>

namespace pl::proxy {

void RespCount::passed(Way way, std::string_view bytes) {
  if (lost_) return;
  lost_ = !(way == Way::up ? commands(bytes) : replies(bytes));
  if (lost_) head_.clear();
}

bool RespCount::commands(std::string_view bytes) {
  std::string joined = std::exchange(head_, {});
  if (!joined.empty()) {
    joined += bytes;
    bytes = joined;
  }
  while (!bytes.empty()) {
    bool valid = true;
    bytes.remove_prefix(skip_resp_rest(bytes, rest_, valid));
    if (!valid) return false;
    if (!rest_.over()) break;
    const RespCommandHead head = read_resp_command(bytes);
    if (head.state == RespCommandHead::State::error || leaves_resp(head)) return false;
    if (head.state == RespCommandHead::State::more) break;
    bytes.remove_prefix(head.size);
    rest_ = head.rest;
    owed_ += head.state == RespCommandHead::State::command ? 1 : 0;
  }
  head_ = bytes;
  return true;
}

bool RespCount::replies(std::string_view bytes) {
  while (!bytes.empty()) {
    const RespReplies::Step step = replies_.next(bytes);
    if (step == RespReplies::Step::error) return false;
    // One that nobody asked for is a fault's own, before this place.
    if (step == RespReplies::Step::reply && owed_ > 0) --owed_;
  }
  return true;
}

}  // namespace pl::proxy

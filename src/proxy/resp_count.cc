#include "proxy/resp_count.h"

#include <utility>

#include "base/limits.h"

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
    if (head.state == RespCommandHead::State::command && !on_command(head)) return false;
  }
  head_ = bytes;
  return true;
}

bool RespCount::replies(std::string_view bytes) {
  while (!bytes.empty()) {
    const RespReplies::Step step = replies_.next(bytes);
    if (step == RespReplies::Step::error) return false;
    if (step == RespReplies::Step::reply) on_reply(replies_.type() == '-');
  }
  return true;
}

bool RespCount::on_command(const RespCommandHead& head) {
  if (hellos_.size() >= limits::kRespSpecials) return false;
  if (head.name == "HELLO" && (head.key == "2" || head.key == "3")) {
    hellos_.push_back({sent_, resp3_});
    resp3_ = head.key == "3";
  }
  if (head.name == "RESET") resp3_ = false;
  multi_ = after_resp_command(multi_, head.name);
  ++sent_;
  return true;
}

void RespCount::on_reply(bool refused) {
  if (replied_ == sent_) return;  // one that nobody asked for is a fault's own, before this place
  if (!hellos_.empty() && hellos_.front().number == replied_) {
    if (refused) resp3_ = hellos_.front().resp3;
    hellos_.pop_front();
  }
  ++replied_;
}

void RespCount::answered() { on_reply(true); }

}  // namespace pl::proxy

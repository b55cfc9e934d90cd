#include "proxy/postgres_count.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "wire/postgres_message.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kReadyBytes = wire::kPgHeadBytes + 1;

}  // namespace

bool PgCount::between() const {
  const bool known = flow_[index(Way::down)].head.empty() && transaction_ != 0 && !copying_;
  const Flow& program = flow_[index(Way::up)];
  return !lost_ && known && program.head.empty() && program.left == 0 && !open_;
}

void PgCount::passed(Way way, std::string_view bytes) {
  Flow& flow = flow_[index(way)];
  while (!lost_ && !bytes.empty()) {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(flow.left, bytes.size()));
    flow.left -= skipped;
    bytes.remove_prefix(skipped);
    if (flow.left > 0 || bytes.empty()) return;
    flow.head += bytes.front();
    bytes.remove_prefix(1);
    const std::size_t missing = head_bytes(way) - flow.head.size();
    flow.head += bytes.substr(0, missing);
    bytes.remove_prefix(std::min(missing, bytes.size()));
    if (flow.head.size() < head_bytes(way)) return;
    lost_ = !on_head(way) || owed_.size() > limits::kPgPending;
    flow.head.clear();
  }
}

/// How much of the message that has begun is looked at.
std::size_t PgCount::head_bytes(Way way) const {
  const char type = flow_[index(way)].head.front();
  if (logged_in_) return way == Way::down && type == 'Z' ? kReadyBytes : wire::kPgHeadBytes;
  return way == Way::up ? wire::kPgStartUpHeadBytes : 1;
}

bool PgCount::on_head(Way way) {
  Flow& flow = flow_[index(way)];
  // Before the start-up message a server says only whether it will encrypt, in one byte: 'N' is no.
  if (!logged_in_) return way == Way::up ? on_start_up() : flow.head == "N";
  const std::optional<wire::PgHead> head = wire::pg_head(flow.head, way == Way::up);
  if (!head || head->size < flow.head.size()) return false;
  flow.left = head->size - flow.head.size();
  way == Way::up ? on_program(head->type) : on_server(head->type);
  return true;
}

bool PgCount::on_start_up() {
  const wire::PgStartUp packet = wire::pg_start_up(flow_[index(Way::up)].head);
  if (packet.kind == wire::PgStartUp::Kind::other) return false;
  flow_[index(Way::up)].left = packet.size - wire::kPgStartUpHeadBytes;
  if (packet.kind == wire::PgStartUp::Kind::encrypt) return true;
  logged_in_ = true;
  owed_ += kOther;
  return true;
}

void PgCount::on_program(char type) {
  if (type == 'Q' || type == 'F') owed_ += kOther;
  if (type == 'S' && !copying_) owed_ += kSync;
  if (type == 'c' || type == 'f') end_copy();
  // Execute and what comes before it, and Flush, wait for a Sync; the rest belongs to none.
  if (std::string_view("PBDECH").find(type) != std::string_view::npos) open_ = true;
  if (type == 'S') open_ = false;
}

void PgCount::on_server(char type) {
  if (type == 'G') copying_ = true;
  if (type == 'E') end_copy();
  if (type != 'Z') return;
  if (!owed_.empty()) owed_.erase(0, 1);
  transaction_ = flow_[index(Way::down)].head.back();
}

/// The Syncs that were sent while the server took data get no answer.
void PgCount::end_copy() {
  if (!copying_) return;
  copying_ = false;
  std::erase(owed_, kSync);
}

}  // namespace pl::proxy

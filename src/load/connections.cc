#include "load/connections.h"

namespace pl::load {

Connections::Owned Connections::take() {
  if (in_use_ >= most_) return nullptr;
  ++in_use_;
  if (idle_.empty()) return std::make_unique<http::ClientConnection>(reactor_, target_);
  Owned connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void Connections::set_target(const Endpoint& target) {
  if (target_ == target) return;
  target_ = target;
  idle_.clear();
}

void Connections::give(Owned connection) {
  --in_use_;
  if (connection->reusable() && connection->endpoint() == target_) idle_.push_back(std::move(connection));
}

void Connections::drop(Owned connection) {
  --in_use_;
  connection->cancel();
}

}  // namespace pl::load

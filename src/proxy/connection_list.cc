#include "proxy/connection_list.h"

namespace pl::proxy {

Connection& ConnectionList::add(std::unique_ptr<Connection> connection) {
  connection->place = connections_.size();
  connections_.push_back(std::move(connection));
  return *connections_.back();
}

void ConnectionList::ended(Connection& connection) {
  // A timer that is due at once fires behind the events of this turn, and costs no system call.
  if (dead_.empty()) reaping_ = reactor_.at(0, [this] { reap(); });
  dead_.push_back(&connection);
}

void ConnectionList::reap() {
  for (Connection* over : dead_) {
    const std::size_t place = over->place;
    std::swap(connections_[place], connections_.back());
    connections_[place]->place = place;
    connections_.pop_back();
  }
  dead_.clear();
}

}  // namespace pl::proxy

#pragma once
#include <memory>
#include <vector>

#include "proxy/connection.h"

namespace pl::proxy {

/// The connections of one keeper. One that is over stays until the current event has been served, because it may be
/// what is being served. The reactor's thread alone uses it.
class ConnectionList {
 public:
  explicit ConnectionList(os::Reactor& reactor) : reactor_(reactor) {}
  ~ConnectionList() { reactor_.cancel(reaping_); }
  ConnectionList(const ConnectionList&) = delete;
  ConnectionList& operator=(const ConnectionList&) = delete;

  Connection& add(std::unique_ptr<Connection> connection);
  /// It is over; destroyed soon, or by reap().
  void ended(Connection& connection);
  /// Destroys those that are over, now. Not from inside a connection.
  void reap();
  /// Also those that are over and not yet reaped.
  const std::vector<std::unique_ptr<Connection>>& all() const { return connections_; }
  std::size_t open() const { return connections_.size() - dead_.size(); }

 private:
  os::Reactor& reactor_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> dead_;
  os::Reactor::TimerId reaping_ = 0;
};

}  // namespace pl::proxy

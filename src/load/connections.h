#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "base/handoff.h"
#include "http/client.h"
#include "os/reactor.h"

namespace pl::load {

/// Keep-alive connections to one address, as a browser or a load balancer holds them: the one used last is used next,
/// and a new one is opened when none is idle. One thread, the reactor's.
class Connections {
 public:
  using Owned = std::unique_ptr<http::ClientConnection>;

  Connections(os::Reactor& reactor, const Endpoint& target, std::size_t most)
      : reactor_(reactor), target_(target), most_(most) {}
  /// Null when `most` are in use.
  Owned take();
  /// Gives one back; one that cannot be used again is closed.
  void give(Owned connection);
  /// Closes one that was cancelled.
  void drop(Owned connection);
  /// Idle connections to another address are closed; those in use go when they are given back.
  void set_target(const Endpoint& target);
  void close_idle() { idle_.clear(); }

 private:
  os::Reactor& reactor_;
  Endpoint target_;
  std::size_t most_;
  std::size_t in_use_ = 0;
  std::vector<Owned> idle_;
};

}  // namespace pl::load

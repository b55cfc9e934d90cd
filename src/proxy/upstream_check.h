#pragma once
#include <functional>
#include <vector>

#include "base/handoff.h"
#include "os/fd.h"
#include "os/reactor.h"

namespace pl::proxy {

/// Connects again and again to an upstream, closes at once what was opened, and tells whether that works. One of
/// several addresses is enough. The reactor's thread alone uses it.
class UpstreamCheck {
 public:
  /// Finds the addresses to try; calls back with none where there are none.
  using Find = std::function<void(std::function<void(std::vector<Endpoint>)> done)>;

  /// `told` is called at each change, and once at first; where it returns false, after the next check again.
  UpstreamCheck(os::Reactor& reactor, Find find, std::function<bool(bool up)> told);
  ~UpstreamCheck();
  UpstreamCheck(const UpstreamCheck&) = delete;
  UpstreamCheck& operator=(const UpstreamCheck&) = delete;

 private:
  void begin();
  void try_next();
  void connected();
  void finish(bool up);
  void drop();

  os::Reactor& reactor_;
  Find find_;
  std::function<bool(bool)> told_;
  std::vector<Endpoint> left_;
  os::Fd fd_;
  os::Reactor::TimerId timer_ = 0;
  int said_ = -1;  ///< -1: nothing yet, or it is to be said again.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace pl::proxy

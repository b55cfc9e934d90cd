#include "proxy/upstream_check.h"

#include <sys/epoll.h>

#include "os/net.h"

namespace pl::proxy {
namespace {

constexpr Ns kBetween = 250 * kMs;  ///< From the end of one check to the next.
constexpr Ns kPatience = 1 * kSec;  ///< For one connect.

}  // namespace

UpstreamCheck::UpstreamCheck(os::Reactor& reactor, Find find, std::function<bool(bool)> told)
    : reactor_(reactor), find_(std::move(find)), told_(std::move(told)) {
  begin();
}

UpstreamCheck::~UpstreamCheck() {
  reactor_.cancel(timer_);
  drop();
}

void UpstreamCheck::begin() {
  find_([this, weak = std::weak_ptr(alive_)](std::vector<Endpoint> found) {
    if (weak.expired()) return;
    left_ = std::move(found);
    try_next();
  });
}

void UpstreamCheck::try_next() {
  while (!left_.empty()) {
    const Endpoint next = left_.front();
    left_.erase(left_.begin());
    Result<os::Fd> fd = os::connect_tcp(next);
    if (!fd) continue;
    fd_ = std::move(*fd);
    reactor_.watch(fd_.get(), EPOLLOUT, [this](std::uint32_t) { connected(); });
    timer_ = reactor_.after(kPatience, [this] {
      drop();
      try_next();
    });
    return;
  }
  finish(false);
}

void UpstreamCheck::connected() {
  reactor_.cancel(timer_);
  const bool up = os::socket_error(fd_.get()) == 0;
  drop();
  if (up) return finish(true);
  try_next();
}

void UpstreamCheck::finish(bool up) {
  timer_ = reactor_.after(kBetween, [this] { begin(); });
  if (said_ == static_cast<int>(up)) return;
  said_ = told_(up) ? static_cast<int>(up) : -1;
}

void UpstreamCheck::drop() {
  if (!fd_) return;
  reactor_.forget(fd_.get());
  fd_.reset();
}

}  // namespace pl::proxy

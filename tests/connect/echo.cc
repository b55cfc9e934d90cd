#include "echo.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "os/net.h"
#include "os/stream.h"

namespace pl::test {

EchoServer::EchoServer() {
  constexpr int kTries = 50;  // Until a free port of IPv4 is free for IPv6 too.
  for (int i = 0; i < kTries && !has_ipv6; ++i) {
    listener4_ = std::move(*os::listen_tcp(*os::parse_endpoint("127.0.0.1", 0)));
    port = os::local_endpoint(listener4_.get())->port;
    auto six = os::listen_tcp(*os::parse_endpoint("::1", static_cast<std::uint16_t>(port)));
    has_ipv6 = six.has_value();
    if (six) listener6_ = std::move(*six);
  }
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) == 0) wake_ = os::Fd(ends[0]);
  wake_write_ = os::Fd(ends[1]);
  thread_ = std::thread([this] { run(); });
}

EchoServer::~EchoServer() {
  wake_write_.reset();
  thread_.join();
}

void EchoServer::run() {
  for (;;) {
    std::vector<pollfd> fds{{wake_.get(), POLLIN, 0}, {listener4_.get(), POLLIN, 0}, {listener6_.get(), POLLIN, 0}};
    for (const os::Fd& client : clients_) fds.push_back({client.get(), POLLIN, 0});
    ::poll(fds.data(), fds.size(), -1);
    if (fds[0].revents != 0) return;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (fds[3 + i].revents == 0) continue;
      char room[1024];
      const auto got = os::read_some(clients_[i].get(), room);
      if (got.kind == os::Transfer::Kind::bytes) {
        os::write_some(clients_[i].get(), {room, got.count});
      } else if (got.kind != os::Transfer::Kind::again) {
        clients_[i].reset();
      }
    }
    std::erase_if(clients_, [](const os::Fd& client) { return !client; });
    for (const int listener : {listener4_.get(), listener6_.get()}) {
      if (listener < 0) continue;
      for (auto one = os::accept_one(listener); one && one->fd; one = os::accept_one(listener)) {
        os::write_some(one->fd.get(), "hello\n");
        clients_.push_back(std::move(one->fd));
      }
    }
  }
}

}  // namespace pl::test

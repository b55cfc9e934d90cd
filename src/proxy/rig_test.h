#pragma once
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "os/net.h"
#include "os/stream.h"
#include "proxy/relay.h"
#include "record/kinds.h"

/// A stand-in for the supervisor, and plain blocking peers: what the relay's tests stand between.
namespace pl::proxy::rig {

constexpr pid_t kProcess = 4711;
constexpr int kPatienceMs = 10'000;  ///< No wait of a test is longer; a slow machine needs room.

inline void make_blocking(const os::Fd& fd, int patience_ms = kPatienceMs) {
  const timeval limit{patience_ms / 1000, patience_ms % 1000 * 1000};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int flags = fcntl(fd.get(), F_GETFL);
  fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK);
}

inline bool readable(const os::Fd& fd, int wait_ms) {
  pollfd one{fd.get(), POLLIN, 0};
  return poll(&one, 1, wait_ms) > 0;
}

/// One message of what was read: the text, "" for FIN, or "errno N".
inline std::string hear(const os::Fd& fd, std::size_t most = 65536) {
  std::string text(most, 0);
  const ssize_t got = recv(fd.get(), text.data(), most, 0);
  if (got < 0) return "errno " + std::to_string(errno);
  text.resize(static_cast<std::size_t>(got));
  return text;
}
/// Exactly this many bytes, or as many as came.
inline std::string hear_all(const os::Fd& fd, std::size_t count) {
  std::string text;
  while (text.size() < count) {
    const std::string part = hear(fd, count - text.size());
    if (part.empty() || part.starts_with("errno ")) return text + part;
    text += part;
  }
  return text;
}
inline bool say(const os::Fd& fd, std::string_view text) {
  return send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}
inline const std::string kReset = "errno " + std::to_string(ECONNRESET);

/// Both ends of one relayed connection, as the program and as the destination.
struct Ends {
  os::Fd program, destination;
};

struct Rig {
  os::RealClock clock;
  std::mutex mutex;
  std::vector<record::Observation> seen;
  std::unique_ptr<Relay> relay;
  os::Fd listener;
  Endpoint destination;

  explicit Rig(const char* address = "127.0.0.1") {
    relay = *Relay::start(
        clock,
        [this](record::Observation observation) {
          const std::lock_guard lock(mutex);
          seen.push_back(std::move(observation));
        },
        7);
    listener = *os::listen_tcp(*os::parse_endpoint(address, 0));
    destination = *os::local_endpoint(listener.get());
  }

  FlowMatch edge(pid_t owner = 0) const { return FlowMatch{{{owner, destination}}, {}}; }

  /// A program's socket that the relay knows by its source address.
  os::Fd announce(os::Fd upstream, const Endpoint& where, pid_t owner = 0, bool first = true) {
    const bool v6 = where.family == 6;
    const Endpoint front = v6 ? relay->listen6() : relay->listen4();
    os::Fd program(socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    make_blocking(program);
    const os::SocketAddress to = os::to_sockaddr(front);
    REQUIRE(connect(program.get(), to.get(), to.length) == 0);
    if (!first) poll(nullptr, 0, 50);  // the relay accepts before it is told
    const Handoff handoff{*os::local_endpoint(program.get()), where, kProcess, owner, 0};
    REQUIRE(os::send_handoff(relay->handoff_fd(), handoff, upstream.get()));
    return program;
  }

  os::Fd upstream_to(const Endpoint& where) {
    os::Fd fd(socket(where.family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const os::SocketAddress to = os::to_sockaddr(where);
    REQUIRE(connect(fd.get(), to.get(), to.length) == 0);
    return fd;
  }

  Ends open(pid_t owner = 0, bool announced_first = true) {
    os::Fd upstream = upstream_to(destination);
    REQUIRE(readable(listener, kPatienceMs));
    os::Fd accepted = std::move(os::accept_one(listener.get())->fd);
    make_blocking(accepted);
    return {announce(std::move(upstream), destination, owner, announced_first), std::move(accepted)};
  }

  /// Waits until the relay's own count says so.
  bool until(const std::function<bool(const std::vector<FlowTotals>&)>& holds) {
    for (int turn = 0; turn < kPatienceMs / 5; ++turn) {
      if (holds(relay->totals())) return true;
      poll(nullptr, 0, 5);
    }
    return false;
  }

  template <class Kind>
  std::vector<Kind> all() {
    const std::lock_guard lock(mutex);
    std::vector<Kind> found;
    for (const record::Observation& one : seen) {
      if (record::is<Kind>(one)) found.push_back(record::decode<Kind>(one.payload));
    }
    return found;
  }
};

}  // namespace pl::proxy::rig

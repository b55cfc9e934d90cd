#include "sandbox/targets.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "os/net.h"

namespace pl::sandbox {
namespace {

Result<os::Fd> bound_socket(const char* address) {
  const Endpoint endpoint = PL_TRY(os::parse_endpoint(address, 0));
  const os::SocketAddress place = os::to_sockaddr(endpoint);
  os::Fd fd(::socket(place.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || ::bind(fd.get(), place.get(), place.length) != 0) return fail_errno(errno, "bind on loopback");
  return fd;
}

}  // namespace

Result<Targets::Place> Targets::refusing_place(const char* address) {
  Place place;
  place.socket = PL_TRY(bound_socket(address));
  place.at = PL_TRY(os::local_endpoint(place.socket.get()));
  return place;
}

Result<Targets::Place> Targets::full_place(const char* address) {
  Place place = PL_TRY(refusing_place(address));
  if (::listen(place.socket.get(), 0) != 0) return fail_errno(errno, "listen on loopback");
  place.filler = PL_TRY(os::connect_tcp(place.at));
  pollfd done{place.filler.get(), POLLOUT, 0};
  constexpr int kLoopbackConnectMs = 1000;
  ::poll(&done, 1, kLoopbackConnectMs);
  return place;
}

Result<Targets> Targets::create() {
  Targets out;
  out.refusing4_ = PL_TRY(refusing_place("127.0.0.1"));
  out.full4_ = PL_TRY(full_place("127.0.0.1"));
  if (auto six = refusing_place("::1")) out.refusing6_ = std::move(*six);
  if (auto six = full_place("::1")) out.full6_ = std::move(*six);
  return out;
}

}  // namespace pl::sandbox

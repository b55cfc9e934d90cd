#include "os/datagram.h"

#include <cerrno>

namespace pl::os {
namespace {

Result<Fd> udp_socket(const Endpoint& endpoint) {
  const int domain = endpoint.family == 4 ? AF_INET : AF_INET6;
  Fd fd(::socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno(errno, "socket");
  return fd;
}

}  // namespace

Result<Fd> listen_udp(const Endpoint& endpoint) {
  Fd fd = PL_TRY(udp_socket(endpoint));
  const SocketAddress address = to_sockaddr(endpoint);
  if (::bind(fd.get(), address.get(), address.length) != 0) return fail_errno(errno, "bind " + endpoint_text(endpoint));
  return fd;
}

Result<Fd> connect_udp(const Endpoint& endpoint) {
  Fd fd = PL_TRY(udp_socket(endpoint));
  const SocketAddress address = to_sockaddr(endpoint);
  if (::connect(fd.get(), address.get(), address.length) != 0) {
    return fail_errno(errno, "connect " + endpoint_text(endpoint));
  }
  return fd;
}

Result<std::optional<Datagram>> receive_datagram(int fd, std::span<char> room) {
  Datagram got;
  got.from.length = sizeof got.from.storage;
  const ssize_t size = ::recvfrom(fd, room.data(), room.size(), MSG_TRUNC,
                                  reinterpret_cast<sockaddr*>(&got.from.storage), &got.from.length);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<Datagram>();
  if (size < 0) return fail_errno(errno, "receive a datagram");
  if (static_cast<std::size_t>(size) > room.size()) return fail(Errc::limit, "a datagram is too long");
  got.bytes = {room.data(), static_cast<std::size_t>(size)};
  return std::optional(got);
}

bool send_datagram(int fd, std::string_view bytes, const SocketAddress* to) {
  const ssize_t sent =
      ::sendto(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL, to ? to->get() : nullptr, to ? to->length : 0);
  return sent >= 0 || errno == EAGAIN || errno == ENOBUFS || errno == EINTR;
}

}  // namespace pl::os

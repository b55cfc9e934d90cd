#include "os/datagram.h"

#include <netinet/in.h>

#include <cerrno>
#include <cstring>

namespace pl::os {
Result<Fd> listen_udp(const Endpoint& endpoint) {
  Fd fd = PL_TRY(new_socket(endpoint, SOCK_DGRAM));
  const int one = 1;
  if (endpoint.family == 4) {
    setsockopt(fd.get(), IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
  } else {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one);
  }
  const SocketAddress address = to_sockaddr(endpoint);
  if (::bind(fd.get(), address.get(), address.length) != 0) return fail_errno(errno, "bind " + endpoint_text(endpoint));
  return fd;
}

Result<Fd> connect_udp(const Endpoint& endpoint) {
  Fd fd = PL_TRY(new_socket(endpoint, SOCK_DGRAM));
  const SocketAddress address = to_sockaddr(endpoint);
  if (::connect(fd.get(), address.get(), address.length) != 0) {
    return fail_errno(errno, "connect " + endpoint_text(endpoint));
  }
  return fd;
}

namespace {

/// Which address a datagram came to, for an answer by the interface that the routes choose.
void keep_own_address(msghdr& message, Sender& sender) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    const bool v4 = part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO;
    const bool v6 = part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO;
    if (!v4 && !v6) continue;
    if (v4) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(part), sizeof info);
      info.ipi_ifindex = 0;
      std::memcpy(CMSG_DATA(part), &info, sizeof info);
    } else {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(part), sizeof info);
      if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
      std::memcpy(CMSG_DATA(part), &info, sizeof info);
    }
    sender.own_bytes = CMSG_SPACE(part->cmsg_len - CMSG_LEN(0));
    std::memmove(sender.own, part, part->cmsg_len);
    return;
  }
}

}  // namespace

Result<std::optional<Datagram>> receive_datagram(int fd, std::span<char> room) {
  Datagram got;
  iovec into{room.data(), room.size()};
  alignas(cmsghdr) char control[sizeof got.from.own] = {};
  msghdr message{};
  message.msg_name = &got.from.address.storage;
  message.msg_namelen = sizeof got.from.address.storage;
  message.msg_iov = &into;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t size = ::recvmsg(fd, &message, MSG_TRUNC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<Datagram>();
  if (size < 0) return fail_errno(errno, "receive a datagram");
  if (static_cast<std::size_t>(size) > room.size()) return fail(Errc::limit, "a datagram is too long");
  got.bytes = {room.data(), static_cast<std::size_t>(size)};
  got.from.address.length = message.msg_namelen;
  keep_own_address(message, got.from);
  return std::optional(got);
}

bool send_datagram(int fd, std::string_view bytes, const Sender* to) {
  iovec from{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[sizeof to->own];
  msghdr message{};
  message.msg_iov = &from;
  message.msg_iovlen = 1;
  SocketAddress address;
  if (to) {
    address = to->address;
    message.msg_name = &address.storage;
    message.msg_namelen = address.length;
    std::memcpy(control, to->own, sizeof control);
    message.msg_control = to->own_bytes > 0 ? control : nullptr;
    message.msg_controllen = to->own_bytes;
  }
  const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
  return sent >= 0 || errno == EAGAIN || errno == ENOBUFS || errno == EINTR;
}

}  // namespace pl::os

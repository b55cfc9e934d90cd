#pragma once
#include <sys/socket.h>

#include <optional>
#include <span>
#include <string_view>

#include "os/net.h"

namespace pl::os {

/// A UDP socket at an address, non-blocking and close-on-exec; port 0 picks a free one.
Result<Fd> listen_udp(const Endpoint& endpoint);
/// A UDP socket that sends to one place and hears nobody else, non-blocking and close-on-exec.
Result<Fd> connect_udp(const Endpoint& endpoint);

/// Who sent a datagram, and to which of this machine's addresses: an answer has to come from there. As the socket
/// that it came from writes them.
struct Sender {
  SocketAddress address;
  alignas(cmsghdr) char own[64] = {};  ///< Control message IP_PKTINFO or IPV6_PKTINFO.
  std::size_t own_bytes = 0;           ///< 0: not known.
};

/// A datagram that came.
struct Datagram {
  std::string_view bytes;
  Sender from;
};

/// The next datagram that waits, in `room`; nullopt: none does. What is longer than the room is left out with
/// Errc::limit; an error that the network reported for one sent before is one of this call.
Result<std::optional<Datagram>> receive_datagram(int fd, std::span<char> room);
/// Sends to a place, or to where the socket is connected to (nullptr). What the kernel has no room for is lost, as any
/// datagram may be; false: another error, which errno tells.
bool send_datagram(int fd, std::string_view bytes, const Sender* to = nullptr);

}  // namespace pl::os

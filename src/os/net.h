#pragma once
#include <sys/socket.h>

#include <string>

#include "base/handoff.h"
#include "base/result.h"
#include "os/fd.h"

namespace pl::os {

/// An endpoint as the kernel wants it, and back.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
SocketAddress to_sockaddr(const Endpoint& endpoint);
/// Family 0 where the address is neither IPv4 nor IPv6; a v4-mapped address becomes IPv4.
Endpoint to_endpoint(const sockaddr* address, socklen_t length);

/// "127.0.0.1", "::1" or "fe80::1%eth0", without the port.
std::string address_text(const Endpoint& endpoint);
/// "127.0.0.1:80" or "[::1]:80".
std::string endpoint_text(const Endpoint& endpoint);
/// The endpoint of a numeric address, an IPv6 one with or without a zone: an interface's name or number, which only
/// link-local addresses keep. The error names the text.
Result<Endpoint> parse_endpoint(const std::string& address, std::uint16_t port);
/// 127.0.0.0/8, ::1.
bool is_loopback(const Endpoint& endpoint);

/// A socket of that family, SOCK_STREAM or SOCK_DGRAM; non-blocking and close-on-exec.
Result<Fd> new_socket(const Endpoint& endpoint, int type);
/// A TCP listener, non-blocking and close-on-exec; port 0 picks a free one. SO_REUSEADDR is set.
Result<Fd> listen_tcp(const Endpoint& endpoint, int backlog = 1024);
/// Begins a non-blocking connect; EINPROGRESS is success.
Result<Fd> connect_tcp(const Endpoint& endpoint);
/// The same from an address of this machine; its port 0 picks a free one.
Result<Fd> connect_tcp(const Endpoint& endpoint, const Endpoint& from);
/// Connections that listeners on that TCP port of this machine have not accepted yet (proc(5), /proc/net/tcp).
std::int64_t queued_connects(std::uint16_t port);
Result<Endpoint> local_endpoint(int fd);
Result<Endpoint> peer_endpoint(int fd);
/// The socket's pending error (SO_ERROR), 0 for none.
int socket_error(int fd);
void set_nodelay(int fd);
/// A connect that was begun has succeeded already, as it does on loopback; false: not yet, or it failed.
bool is_connected(int fd);
/// Makes close() send RST (SO_LINGER 0).
void reset_on_close(int fd);

}  // namespace pl::os

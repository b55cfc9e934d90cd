#include "os/net.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <vector>

#include "os/process.h"

namespace pl::os {
namespace {

constexpr std::size_t kSocketTable = 1 << 20;  ///< Of /proc/net/tcp, whose first rows are the listeners.

/// One row: "0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 ...": local address and port, remote ones, state
/// (0A: listens), queues. The second queue of a listener holds what it has not accepted. 0 for any other row.
std::int64_t queued_of(std::string_view row, std::uint16_t port) {
  std::vector<std::string_view> words;
  while (words.size() < 5) {
    row.remove_prefix(std::min(row.find_first_not_of(' '), row.size()));
    if (row.empty()) return 0;
    const std::size_t end = std::min(row.find(' '), row.size());
    words.push_back(row.substr(0, end));
    row.remove_prefix(end);
  }
  const auto after_colon = [](std::string_view word) {
    std::int64_t value = -1;
    const std::size_t colon = word.rfind(':');
    if (colon != word.npos) std::from_chars(word.data() + colon + 1, word.data() + word.size(), value, 16);
    return value;
  };
  if (words[3] != "0A" || after_colon(words[1]) != port) return 0;
  return std::max<std::int64_t>(0, after_colon(words[4]));
}

bool is_link_local(const std::uint8_t (&address)[16]) {
  in6_addr six;
  std::memcpy(&six, address, sizeof six);
  return IN6_IS_ADDR_LINKLOCAL(&six) || IN6_IS_ADDR_MC_LINKLOCAL(&six);
}

/// 0: there is no such interface.
std::uint32_t scope_of(const std::string& zone) {
  if (const unsigned named = if_nametoindex(zone.c_str()); named != 0) return named;
  std::uint32_t number = 0;
  const char* const end = zone.data() + zone.size();
  const auto read = std::from_chars(zone.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? number : 0;
}

std::string zone_of(std::uint32_t scope) {
  char name[IF_NAMESIZE] = "";
  return if_indextoname(scope, name) ? name : std::to_string(scope);
}

}  // namespace

SocketAddress to_sockaddr(const Endpoint& endpoint) {
  SocketAddress out;
  if (endpoint.family == 4) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    std::memcpy(&in.sin_addr, endpoint.address, 4);
    std::memcpy(&out.storage, &in, sizeof in);
    out.length = sizeof in;
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(endpoint.port);
    std::memcpy(&in.sin6_addr, endpoint.address, 16);
    in.sin6_scope_id = endpoint.scope;
    std::memcpy(&out.storage, &in, sizeof in);
    out.length = sizeof in;
  }
  return out;
}

Endpoint to_endpoint(const sockaddr* address, socklen_t length) {
  Endpoint out;
  if (length >= sizeof(sockaddr_in) && address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof in);
    out.family = 4;
    out.port = ntohs(in.sin_port);
    std::memcpy(out.address, &in.sin_addr, 4);
  } else if (length >= sizeof(sockaddr_in6) - 4 && address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, std::min<std::size_t>(length, sizeof in));
    out.port = ntohs(in.sin6_port);
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&in.sin6_addr);
    out.family = mapped ? 4 : 6;
    std::memcpy(out.address, in.sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
    // Programs need not clear it for other addresses.
    if (!mapped && is_link_local(out.address)) out.scope = in.sin6_scope_id;
  }
  return out;
}

std::string address_text(const Endpoint& endpoint) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(endpoint.family == 4 ? AF_INET : AF_INET6, endpoint.address, text, sizeof text);
  return endpoint.scope == 0 ? text : text + ("%" + zone_of(endpoint.scope));
}

std::string endpoint_text(const Endpoint& endpoint) {
  const std::string address = address_text(endpoint);
  return (endpoint.family == 4 ? address : "[" + address + "]") + ":" + std::to_string(endpoint.port);
}

Result<Endpoint> parse_endpoint(const std::string& address, std::uint16_t port) {
  Endpoint out;
  out.port = port;
  if (inet_pton(AF_INET, address.c_str(), out.address) == 1) {
    out.family = 4;
    return out;
  }
  const std::size_t mark = address.find('%');
  const std::uint32_t scope = mark == address.npos ? 0 : scope_of(address.substr(mark + 1));
  const bool zone_is_good = mark == address.npos || scope != 0;
  if (zone_is_good && inet_pton(AF_INET6, address.substr(0, mark).c_str(), out.address) == 1) {
    out.family = 6;
    if (is_link_local(out.address)) out.scope = scope;
    return out;
  }
  return fail(Errc::config, "not an IP address: " + address);
}

bool is_loopback(const Endpoint& endpoint) {
  if (endpoint.family == 4) return endpoint.address[0] == 127;
  static constexpr std::uint8_t kLoopback6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return endpoint.family == 6 && std::memcmp(endpoint.address, kLoopback6, 16) == 0;
}

Result<Fd> new_socket(const Endpoint& endpoint, int type) {
  const int domain = endpoint.family == 4 ? AF_INET : AF_INET6;
  Fd fd(::socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno(errno, "socket");
  return fd;
}

Result<Fd> listen_tcp(const Endpoint& endpoint, int backlog) {
  Fd fd = PL_TRY(new_socket(endpoint, SOCK_STREAM));
  const int one = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  const SocketAddress address = to_sockaddr(endpoint);
  if (::bind(fd.get(), address.get(), address.length) != 0) return fail_errno(errno, "bind " + endpoint_text(endpoint));
  if (::listen(fd.get(), backlog) != 0) return fail_errno(errno, "listen " + endpoint_text(endpoint));
  return fd;
}

Result<Fd> connect_tcp(const Endpoint& endpoint) { return connect_tcp(endpoint, Endpoint{}); }

Result<Fd> connect_tcp(const Endpoint& endpoint, const Endpoint& from) {
  Fd fd = PL_TRY(new_socket(endpoint, SOCK_STREAM));
  if (from.family != 0) {
    const SocketAddress own = to_sockaddr(from);
    if (::bind(fd.get(), own.get(), own.length) != 0) return fail_errno(errno, "bind " + endpoint_text(from));
  }
  const SocketAddress address = to_sockaddr(endpoint);
  if (::connect(fd.get(), address.get(), address.length) != 0 && errno != EINPROGRESS) {
    return fail_errno(errno, "connect " + endpoint_text(endpoint));
  }
  return fd;
}

std::int64_t queued_connects(std::uint16_t port) {
  std::int64_t sum = 0;
  for (const char* name : {"net/tcp", "net/tcp6"}) {
    const std::string table = process_file(own_process(), name, kSocketTable);
    std::string_view rest = table;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      sum += queued_of(rest.substr(0, end), port);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return sum;
}

Result<Endpoint> local_endpoint(int fd) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0)
    return fail_errno(errno, "getsockname");
  return to_endpoint(address.get(), address.length);
}

Result<Endpoint> peer_endpoint(int fd) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0)
    return fail_errno(errno, "getpeername");
  return to_endpoint(address.get(), address.length);
}

int socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

bool is_connected(int fd) {
  pollfd ready{fd, POLLOUT, 0};
  return ::poll(&ready, 1, 0) == 1 && ready.revents == POLLOUT;
}

void set_nodelay(int fd) {
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

void reset_on_close(int fd) {
  const linger none{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

}  // namespace pl::os

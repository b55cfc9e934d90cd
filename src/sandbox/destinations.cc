#include "sandbox/destinations.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "os/net.h"

namespace pl::sandbox {
namespace {

constexpr int address_bits(const Endpoint& endpoint) { return endpoint.family == 4 ? 32 : 128; }

bool parse_number(std::string_view text, int highest, int& out) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && end.ec == std::errc() && end.ptr == text.data() + text.size() && out >= 0 && out <= highest;
}

std::vector<Endpoint> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<Endpoint> out;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return out;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    out.push_back(os::to_endpoint(each->ai_addr, each->ai_addrlen));
  }
  ::freeaddrinfo(found);
  return out;
}

/// An entry's parts: "host", "host:port", "[v6]", "[v6]:port", "address/bits".
struct Entry {
  std::string host, port, bits;
};
Entry split(const std::string& text) {
  Entry entry;
  if (text.starts_with("[")) {
    const std::size_t end = std::min(text.find(']'), text.size());
    entry.host = text.substr(1, end - 1);
    if (end + 1 < text.size() && text[end + 1] == ':') entry.port = text.substr(end + 2);
    return entry;
  }
  const std::size_t slash = text.find('/');
  entry.host = text.substr(0, slash);
  if (slash != std::string::npos) entry.bits = text.substr(slash + 1);
  if (std::count(entry.host.begin(), entry.host.end(), ':') == 1) {
    const std::size_t colon = entry.host.find(':');
    entry.port = entry.host.substr(colon + 1);
    entry.host.resize(colon);
  }
  return entry;
}

}  // namespace

Result<Destinations> Destinations::parse(const std::vector<std::string>& allowed, const std::vector<Endpoint>& own) {
  Destinations out;
  for (Endpoint endpoint : own) {
    endpoint.port = 0;
    out.ranges_.push_back({endpoint, address_bits(endpoint)});
  }
  for (const std::string& text : allowed) {
    const Entry entry = split(text);
    int port = 0, bits = -1;
    const bool port_fine = entry.port.empty() || parse_number(entry.port, 65535, port);
    std::vector<Endpoint> hosts;
    if (const auto numeric = os::parse_endpoint(entry.host, 0)) {
      hosts.push_back(*numeric);
    } else if (entry.bits.empty() && !entry.host.empty()) {
      hosts = look_up(entry.host);
    }
    const bool bits_fine =
        entry.bits.empty() || (!hosts.empty() && parse_number(entry.bits, address_bits(hosts[0]), bits));
    if (hosts.empty() || !port_fine || !bits_fine) {
      return fail(Errc::config, "not an address, address/bits, host or host:port that is known: \"" + text + "\"");
    }
    for (Endpoint host : hosts) {
      host.port = static_cast<std::uint16_t>(port);
      out.ranges_.push_back({host, bits < 0 ? address_bits(host) : bits});
      out.beyond_ = out.beyond_ || !os::is_loopback(host);
    }
  }
  return out;
}

bool Destinations::holds(const Range& range, const Endpoint& destination) {
  if (range.base.family != destination.family) return false;
  if (range.base.port != 0 && range.base.port != destination.port) return false;
  const int whole = range.prefix_bits / 8, rest = range.prefix_bits % 8;
  if (std::memcmp(range.base.address, destination.address, static_cast<std::size_t>(whole)) != 0) return false;
  return rest == 0 || ((range.base.address[whole] ^ destination.address[whole]) >> (8 - rest)) == 0;
}

bool Destinations::permits(const Endpoint& destination) const {
  if (os::is_loopback(destination)) return true;
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) { return holds(range, destination); });
}

std::vector<Endpoint> own_addresses() {
  std::vector<Endpoint> out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return out;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const socklen_t length = each->ifa_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    const Endpoint endpoint = os::to_endpoint(each->ifa_addr, length);
    if (endpoint.family != 0) out.push_back(endpoint);
  }
  ::freeifaddrs(all);
  return out;
}

Endpoint concrete(Endpoint destination) {
  const std::size_t length = destination.family == 4 ? 4 : 16;
  if (!std::all_of(destination.address, destination.address + length, [](std::uint8_t byte) { return byte == 0; })) {
    return destination;
  }
  if (destination.family == 4) destination.address[0] = 127;
  destination.address[length - 1] = 1;
  return destination;
}

}  // namespace pl::sandbox

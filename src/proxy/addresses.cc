#include "proxy/addresses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "os/net.h"
#include "os/services.h"

namespace pl::proxy {
namespace {

constexpr int kBacklog = 4096;

using HostAndPort = std::pair<std::string, std::uint16_t>;

/// Why it is none, in two parts: what, and why.
struct Wrong {
  std::string what, why;
};

std::expected<HostAndPort, Wrong> read_address(const std::string& address) {
  const auto wrong = [&](std::string why) { return std::unexpected(Wrong{"address " + address, std::move(why)}); };
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return wrong("missing port in address");
  std::string host = address.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string::npos) return wrong("too many colons in address");
  std::uint16_t port = 0;
  const std::string name = address.substr(colon + 1);
  if (name.empty()) return HostAndPort{host, port};
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data(), end, port);
  if (read.ec == std::errc() && read.ptr == end) return HostAndPort{host, port};
  if (name.find_first_not_of("-+0123456789") == std::string::npos) return wrong("invalid port");
  const auto known = os::service_port(name);
  if (!known) return std::unexpected(Wrong{"lookup tcp/" + name, "unknown port"});
  return HostAndPort{host, *known};
}

/// Empty: it is one.
std::string why_no_address(const std::string& text) {
  const auto read = read_address(text);
  return read ? "" : fmt::format("{}: {}", text, read.error().why);
}

}  // namespace

ApiResult<std::pair<std::string, std::uint16_t>> split_address(const std::string& address) {
  const auto read = read_address(address);
  if (!read) return refuse(500, fmt::format("listen tcp: {}: {}", read.error().what, read.error().why));
  return *read;
}

std::string why_no_upstreams(const std::string& upstreams) {
  for (std::size_t at = 0; at <= upstreams.size();) {
    const std::size_t comma = std::min(upstreams.find(',', at), upstreams.size());
    std::string one = upstreams.substr(at, comma - at);
    std::erase(one, ' ');
    at = comma + 1;
    if (one.empty()) return fmt::format("{}: missing address beside a comma", upstreams);
    if (one.ends_with(':')) return fmt::format("{}: missing port in address", one);
    if (std::string why = why_no_address(one); !why.empty()) return why;
  }
  return {};
}

std::string why_nowhere(const std::string& upstreams) {
  const std::vector<std::string> parts = split_list(upstreams);
  if (parts.empty()) return why_no_address(upstreams);
  for (const std::string& part : parts) {
    if (std::string why = why_no_address(part); !why.empty()) return why;
  }
  return upstreams + " does not resolve";
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    std::string part = text.substr(at, comma - at);
    std::erase(part, ' ');
    if (!part.empty()) parts.push_back(std::move(part));
    at = comma + 1;
  }
  return parts;
}

ApiResult<Endpoint> listen_endpoint(const std::string& listen, const Names& names) {
  if (listen.empty()) return *os::parse_endpoint("::", 0);
  const auto [host, port] = PL_TRY(split_address(listen));
  // Any address is that of both families, as Go's net.Listen has it.
  if (host.empty() || host == "0.0.0.0") return *os::parse_endpoint("::", port);
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
  if (const Result<Endpoint> found = os::parse_endpoint(numeric, port)) return *found;
  const auto found = names.find(host);
  if (found == names.end() || found->second.empty()) {
    return refuse(500, fmt::format("listen tcp: lookup {}: no such host", host));
  }
  Endpoint where = found->second.front();
  where.port = port;
  return where;
}

Result<os::Fd> open_at(const Endpoint& where) {
  Result<os::Fd> listener = os::listen_tcp(where, kBacklog);
  const bool no_v6 = !listener && listener.error().source_code == EAFNOSUPPORT;
  if (no_v6 && os::address_text(where) == "::")
    return os::listen_tcp(*os::parse_endpoint("0.0.0.0", where.port), kBacklog);
  return listener;
}

}  // namespace pl::proxy

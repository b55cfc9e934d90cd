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

}  // namespace

ApiResult<std::pair<std::string, std::uint16_t>> split_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const auto wrong = [&](const char* why) {
    return refuse(500, fmt::format("listen tcp: address {}: {}", address, why));
  };
  if (colon == std::string::npos) return wrong("missing port in address");
  std::string host = address.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string::npos) return wrong("too many colons in address");
  std::uint16_t port = 0;
  const std::string name = address.substr(colon + 1);
  if (name.empty()) return std::pair{host, port};
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data(), end, port);
  if (read.ec == std::errc() && read.ptr == end) return std::pair{host, port};
  if (name.find_first_not_of("-+0123456789") == std::string::npos) return wrong("invalid port");
  const auto known = os::service_port(name);
  if (!known) return refuse(500, fmt::format("listen tcp: lookup tcp/{}: unknown port", name));
  return std::pair{host, *known};
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

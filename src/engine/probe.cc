#include "engine/probe.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <charconv>

#include "http/client.h"
#include "os/net.h"
#include "os/reactor.h"

namespace pl::engine {

std::optional<int> http_status(const os::Clock& clock, const Endpoint& endpoint, const std::string& host,
                               const std::string& path, Ns limit) {
  const auto reactor = os::Reactor::create(clock);
  if (!reactor) return std::nullopt;
  http::ClientConnection connection(**reactor, endpoint);
  std::optional<int> status;
  bool over = false;
  http::ClientEvents events;
  events.on_head = [&](const wire::HttpHead& head, Ns) {
    status = head.status;
    over = true;
  };
  events.on_failure = [&](http::Failure, const std::string&, Ns) { over = true; };
  connection.send({.method = "GET", .target = path, .headers = {{"Host", host}}, .body = {}}, std::move(events));
  const Ns end = clock.now() + limit;
  while (!over && clock.now() < end) (*reactor)->run_once(end - clock.now());
  connection.cancel();
  return status;
}

bool accepts(const os::Clock& clock, const Endpoint& endpoint, Ns limit) {
  const auto fd = os::connect_tcp(endpoint);
  const auto reactor = os::Reactor::create(clock);
  if (!fd || !reactor) return false;
  bool over = false;
  (*reactor)->watch(fd->get(), EPOLLOUT, [&](std::uint32_t) { over = true; });
  const Ns end = clock.now() + limit;
  while (!over && clock.now() < end) (*reactor)->run_once(end - clock.now());
  (*reactor)->forget(fd->get());
  return over && os::socket_error(fd->get()) == 0;
}

Result<Url> parse_url(const std::string& text, const std::string& where) {
  const auto wrong = [&](std::string_view why) {
    return fail(Errc::config, fmt::format("{}: {}: {}; it would be http://127.0.0.1:3000", where, text, why));
  };
  std::string_view rest = text;
  if (!rest.starts_with("http://")) return wrong("only http:// can be used");
  rest.remove_prefix(7);
  const std::size_t slash = rest.find('/');
  const std::string_view place = rest.substr(0, slash);
  const std::size_t bracket = place.rfind(']'), colon = place.rfind(':');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  std::uint16_t port = 80;
  if (has_port) {
    const std::string_view digits = place.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0)
      return wrong("no port from 1 to 65535");
  }
  std::string host(has_port ? place.substr(0, colon) : place);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool local = host == "localhost";
  if (local) host = "127.0.0.1";
  const auto endpoint = os::parse_endpoint(host, port);
  if (!endpoint) return wrong("the host must be an address of this machine or localhost");
  const Endpoint other = local ? os::parse_endpoint("::1", port).value_or(Endpoint{}) : Endpoint{};
  return Url{*endpoint, other, std::string(place),
             slash == std::string_view::npos ? "/" : std::string(rest.substr(slash))};
}

}  // namespace pl::engine

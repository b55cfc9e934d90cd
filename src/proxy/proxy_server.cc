#include "proxy/proxy_server.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include "base/limits.h"
#include "http/server.h"
#include "os/net.h"
#include "os/stream.h"
#include "proxy/config_file.h"
#include "proxy/control.h"
#include "proxy/descriptors.h"

namespace pl::proxy {
namespace {

/// Of one read: more falls out of the processor's nearest caches before it is written again, and costs a third more.
constexpr std::size_t kReadBytes = 32 << 10;
constexpr std::size_t kBodyBytes = 10 << 20;  ///< Of a request to the control API.
constexpr Ns kSayFullEach = kSec;             ///< That the control API is full is said once in this much time.

}  // namespace

/// In the order of their dependence: what is named first is destroyed last.
struct ProxyServer::Inside {
  ProxyServerOptions options;
  std::vector<char> scratch = std::vector<char>(kReadBytes);
  std::unique_ptr<os::Reactor> reactor;
  std::unique_ptr<os::Resolver> resolver;
  std::unique_ptr<ProxyWorld> world;
  std::unique_ptr<Proxies> proxies;
  std::unique_ptr<Control> control;
  std::unique_ptr<http::Server> server;
  Endpoint endpoint;
  std::size_t configured = 0;
  Ns said_full = 0;

  Result<Endpoint> resolve(const std::string& host) const;
  Result<void> configure();
  void say_full();
};

void ProxyServer::Inside::say_full() {
  const Ns now = reactor->now();
  if (said_full != 0 && now < said_full + kSayFullEach) return;
  said_full = now;
  options.say("control API: too many connections: the one that has been idle longest, or the new one, is closed");
}

Result<Endpoint> ProxyServer::Inside::resolve(const std::string& host) const {
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const auto found = resolver->wait_for(bracketed ? host.substr(1, host.size() - 2) : host);
  if (!found) return fail(Errc::usage, "--host " + host + ": no such host");
  return found->front();
}

Result<void> ProxyServer::Inside::configure() {
  if (options.config.empty()) return {};
  const ConfigFile file = PL_TRY(ConfigFile::read(options.config));
  bool come = false;
  Names names;
  control->look_up(file.proxies(), [&](const Names& found) {
    names = found;
    come = true;
  });
  while (!come) reactor->run_once(kSec);
  const Proxies::Populated done = proxies->populate(file.proxies(), names, Reading::strict);
  configured = done.made.size();
  if (!done.error) return {};
  return std::unexpected(file.error(*done.error));
}

ProxyServer::ProxyServer(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

Result<std::unique_ptr<ProxyServer>> ProxyServer::start(const os::RealClock& clock, ProxyServerOptions options) {
  const std::size_t descriptors = os::raise_descriptor_limit();
  auto inside = std::make_unique<Inside>();
  inside->options = std::move(options);
  inside->reactor = PL_TRY(os::Reactor::create(clock));
  inside->reactor->moderate();
  inside->resolver = std::make_unique<os::Resolver>(*inside->reactor);
  inside->world = std::make_unique<ProxyWorld>(ProxyWorld{.reactor = *inside->reactor,
                                                          .resolver = *inside->resolver,
                                                          .scratch = inside->scratch,
                                                          .seed = inside->options.seed,
                                                          .descriptors = descriptors,
                                                          .held = {.limit = limits::kProxyHeldBytes},
                                                          .say = inside->options.say});
  inside->proxies = std::make_unique<Proxies>(*inside->world);
  inside->control = std::make_unique<Control>(*inside->world, *inside->proxies);
  http::ServerOptions serving{.listen = PL_TRY(inside->resolve(inside->options.host)),
                              .connections = api_connections(descriptors),
                              .full = [raw = inside.get()] { raw->say_full(); },
                              .body_bytes = kBodyBytes};
  serving.listen.port = inside->options.port;
  Control* const control = inside->control.get();
  Result<std::unique_ptr<http::Server>> server = http::Server::create(
      *inside->reactor, serving, [control](const http::ServerRequest& request, http::Responder responder) {
        control->serve(request, std::move(responder));
      });
  if (!server) {
    Error error = server.error();
    // What the user has named is wrong, whatever the system says of it.
    if (error.code == Errc::io || error.code == Errc::limit) error.code = Errc::usage;
    return in_context(std::move(error), "the control API cannot listen; --port picks another port");
  }
  inside->server = std::move(*server);
  inside->endpoint = inside->server->endpoint();
  PL_TRY(inside->configure());
  return std::unique_ptr<ProxyServer>(new ProxyServer(std::move(inside)));
}

ProxyServer::~ProxyServer() = default;

void ProxyServer::serve(int until) {
  os::Reactor& reactor = *inside_->reactor;
  reactor.watch(until, EPOLLIN, [&reactor](std::uint32_t) { reactor.stop(); });
  reactor.run();
  reactor.forget(until);
}

Endpoint ProxyServer::endpoint() const { return inside_->endpoint; }
std::size_t ProxyServer::configured() const { return inside_->configured; }

}  // namespace pl::proxy

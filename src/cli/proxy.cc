#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.h"
#include "os/clock.h"
#include "os/net.h"
#include "os/signals.h"
#include "proxy/fault_page.h"
#include "proxy/proxy_server.h"

namespace pl::cli {

Result<int> proxy(const ProxyFlags& flags) {
  os::catch_stop_signals();
  const os::RealClock clock;
  proxy::ProxyServerOptions options{.host = flags.host, .port = flags.port, .config = flags.config, .seed = flags.seed};
  options.say = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  const std::unique_ptr<proxy::ProxyServer> server = PL_TRY(proxy::ProxyServer::start(clock, std::move(options)));
  fmt::print("proxy: API on http://{}, {} {}, seed {}\n", os::endpoint_text(server->endpoint()), server->configured(),
             server->configured() == 1 ? "proxy" : "proxies", flags.seed);
  std::fflush(stdout);
  server->serve(os::stop_descriptor());
  return 0;
}

int proxy_faults() {
  fmt::print("{}", proxy::fault_page());
  return 0;
}

}  // namespace pl::cli

#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands.h"
#include "os/clock.h"
#include "os/net.h"
#include "os/say.h"
#include "os/signals.h"
#include "proxy/fault_page.h"
#include "proxy/proxy_server.h"

namespace pl::cli {

Result<int> proxy(const ProxyFlags& flags) {
  os::catch_stop_signals();
  const os::RealClock clock;
  proxy::ProxyServerOptions options{.host = flags.host, .port = flags.port, .config = flags.config, .seed = flags.seed};
  options.say = [](const std::string& line) { os::say_line(STDERR_FILENO, line); };
  const std::unique_ptr<proxy::ProxyServer> server = PL_TRY(proxy::ProxyServer::start(clock, std::move(options)));
  // Who cannot hear it may know the port all the same.
  os::say_line(STDOUT_FILENO,
               fmt::format("proxy: API on http://{}, {} {}, seed {}", os::endpoint_text(server->endpoint()),
                           server->configured(), server->configured() == 1 ? "proxy" : "proxies", flags.seed));
  server->serve(os::stop_descriptor());
  return 0;
}

Result<int> proxy_faults() { return print_text(proxy::fault_page()); }

}  // namespace pl::cli

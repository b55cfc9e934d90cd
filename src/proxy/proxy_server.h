#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/handoff.h"
#include "base/result.h"
#include "os/clock.h"

namespace pl::proxy {

/// What `proofload proxy` is told.
struct ProxyServerOptions {
  std::string host = "127.0.0.1";  ///< Of the control API.
  std::uint16_t port = 8474;       ///< 0 picks a free one.
  std::string config;              ///< A file with the proxies to begin with; empty: none.
  std::uint64_t seed = 1;
  std::function<void(const std::string& line)> say;  ///< What the user should hear of.
};

/// Proxies with their control API. One thread; where a program has no other, each of its calls costs the kernel less,
/// because what it has open need not be counted.
class ProxyServer {
 public:
  /// Listens and makes the proxies of the configuration. A port in use, a host that does not resolve and a file that is
  /// wrong are errors that say so. The clock must outlive it.
  static Result<std::unique_ptr<ProxyServer>> start(const os::RealClock& clock, ProxyServerOptions options);
  ~ProxyServer();
  /// Serves until this descriptor is readable.
  void serve(int until);
  ProxyServer(const ProxyServer&) = delete;
  ProxyServer& operator=(const ProxyServer&) = delete;

  /// Where the control API listens.
  Endpoint endpoint() const;
  /// How many proxies the configuration made.
  std::size_t configured() const;

 private:
  struct Inside;
  explicit ProxyServer(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace pl::proxy

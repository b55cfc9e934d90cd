#pragma once
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "os/resolver.h"
#include "proxy/addresses.h"
#include "proxy/connection_list.h"
#include "proxy/dns_forwarder.h"
#include "proxy/toxic.h"
#include "proxy/upstream_check.h"

namespace pl::proxy {

/// What all proxies of one server share. Outlives them.
struct ProxyWorld {
  os::Reactor& reactor;
  os::Resolver& resolver;
  std::span<char> scratch;
  std::uint64_t seed = 1;
  std::size_t descriptors = 0;  ///< That this process may have open; 0: not known.
  Held held{};
  TlsWorld tls{};
  std::function<void(const std::string& line)>
      say;  ///< What the user should hear of; called from the reactor's thread.
};

/// What a proxy is to be.
struct ProxySpec {
  std::string name, listen, upstream;
  bool dns = false;  ///< A forwarder of DNS queries too, beside its connections: `"protocol": "dns"`.
  bool enabled = true;
  bool refuse_when_down = false;     ///< Close the listener while no upstream can be reached.
  std::int64_t max_connections = 0;  ///< Above it a connection is reset; 0: no bound.
  TlsSpec tls{};
  std::shared_ptr<TlsSetup> tls_setup{};  ///< Made of `tls`; nullptr: none is used.
  std::vector<ToxicSpec> toxics;
};

/// Whether a proxy may have a toxic: those on DNS queries belong to DNS forwarders, and the others to no such proxy.
ApiResult<void> check_fit(const ProxySpec& spec, const ToxicSpec& toxic);
/// What holds of a DNS forwarder alone: one upstream, by its IP address, and neither TLS nor refuse_when_down.
ApiResult<void> check_dns(const ProxySpec& spec);

/// Bytes that all connections of a proxy carried, those that are over included, and its datagrams.
struct ProxyTotals {
  Carried carried;
  DnsCounts dns;
  std::int64_t connections = 0;  ///< Accepted so far.
  std::int64_t open = 0;
  std::int64_t held = 0;  ///< Bytes that wait now.
};

/// A proxy with a listener of its own: each accepted connection gets a connect to the upstream and a chain of the
/// proxy's toxics. The upstream is one or several addresses with commas between, used in turn; one that refuses is
/// passed over. A DNS forwarder serves datagrams at the same address and port, and its toxics act on those alone. The
/// reactor's thread alone uses it.
class ListeningProxy {
 public:
  ListeningProxy(ProxyWorld& world, const ProxySpec& spec);
  ~ListeningProxy();
  ListeningProxy(const ListeningProxy&) = delete;
  ListeningProxy& operator=(const ListeningProxy&) = delete;

  /// Opens the listener; nothing happens where it is open. The refusal has Go's text for it.
  ApiResult<void> start(const Names& names);
  /// Closes the listener and all connections.
  void stop();

  const ProxySpec& spec() const { return spec_; }
  bool enabled() const { return spec_.enabled; }
  /// Whether another listen address and upstream mean the same as this proxy's. Port 0 never does.
  bool same_place(const std::string& listen, const std::string& upstream, const Names& names) const;
  /// Another place, from the next start on.
  void move(const std::string& listen, const std::string& upstream);
  /// Refused, and nothing changed, where the listener that it asks for cannot be opened.
  ApiResult<void> set_options(bool refuse_when_down, std::int64_t max_connections);
  /// Of new connections. Only files may differ, or all connections are over.
  void set_tls(const TlsSpec& tls, std::shared_ptr<TlsSetup> setup);

  /// Whether it could be so with the toxics that it has (check_fit()).
  ApiResult<void> check_toxics(const ProxySpec& wanted) const;
  ApiResult<const Toxic*> add_toxic(const ToxicSpec& spec);
  ApiResult<const Toxic*> update_toxic(std::string_view name, const Json& json);
  ApiResult<void> remove_toxic(std::string_view name);
  void remove_toxics();
  const Toxic* toxic(std::string_view name) const;

  /// With its toxics, the way up first, in the order of Toxiproxy's fields.
  Json to_json() const;
  Json toxics_json() const;
  /// The open connections, each with its bytes and toxics.
  Json connections_json() const;
  ProxyTotals totals() const;

 private:
  /// A client that waits for its upstream's name to be looked up.
  using ClientId = std::uint64_t;
  /// An address that an upstream has.
  struct Upstream {
    Endpoint at;
    std::size_t place = 0;  ///< Of its name in the list of upstreams.
  };

  std::vector<std::unique_ptr<Toxic>>::const_iterator place_of(std::string_view name) const;
  Result<os::Fd> open_at_once(const Endpoint& where);
  void open_listener(os::Fd listener);
  void close_listener();
  void accept();
  void find_upstreams(std::size_t first, std::function<void(std::vector<Upstream>)> done);
  void serve(os::Fd client, const Endpoint& peer);
  bool has_descriptors(int newest) const;
  void attach_toxics(Connection& connection);
  void join(ClientId client, const std::vector<Upstream>& upstreams);
  os::Fd connect_to_first(std::vector<Upstream>& left, Upstream& chosen, int& error);
  os::Fd retry(Connection& connection, int error);
  void limit_connect(Connection& connection);
  void ended(Connection& connection);
  void say_failure(const std::string& what, int error);
  void follow_upstream();
  bool upstream_is(bool up);

  ProxyWorld& world_;
  ProxySpec spec_;
  Shared shared_;
  os::Fd listener_;
  Endpoint at_;  ///< Where it listens, or did last.
  os::Reactor::TimerId pause_ = 0;
  Flow flow_;
  std::vector<std::unique_ptr<Toxic>> toxics_;  ///< In the order of addition.
  FaultId next_toxic_ = 1;
  ConnectionList connections_;  ///< Destroyed before the toxics whose taps they hold.
  std::map<ClientId, std::pair<os::Fd, Endpoint>> clients_;
  /// Upstreams that can still be tried.
  struct Others {
    std::vector<Upstream> left;
    os::Reactor::TimerId timer = 0;  ///< When the one that is tried is given up; 0: none.
  };
  std::unordered_map<const Connection*, Others> others_;
  std::unique_ptr<UpstreamCheck> check_;
  DnsCounts dns_counts_;
  std::unique_ptr<DnsForwarder> dns_;                           ///< nullptr: it is none, or does not listen.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< For what comes back later.
  Carried over_;                                                ///< Of connections that are over.
  std::uint64_t accepted_ = 0;
  int full_turns_ = 0;  ///< Of accept(), in a row.
  Ns said_at_ = 0;
  bool said_taken_ = false;  ///< That the listener cannot be opened again; until it is.
};

}  // namespace pl::proxy

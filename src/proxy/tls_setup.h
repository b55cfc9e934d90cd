#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/json.h"
#include "proxy/api_error.h"
#include "proxy/fault.h"
#include "proxy/starttls.h"
#include "proxy/tls_authority.h"

namespace pl::proxy {

/// TLS of a proxy as it is asked for.
struct TlsSpec {
  struct Upstream {
    bool verify = true;
    std::string ca;    ///< PEM file; empty: what this machine trusts.
    std::string name;  ///< Empty: each upstream's own host.
    TlsFiles own;      ///< For an upstream that asks who connects.
    bool operator==(const Upstream&) const = default;
  };
  std::optional<TlsFiles> listen;         ///< Towards the program; none(): a certificate is made.
  std::optional<Upstream> upstream;       ///< Towards the upstream.
  const StartTlsRow* starttls = nullptr;  ///< TLS begins inside this protocol; nullptr: at once.

  bool used() const { return listen || upstream; }
  bool operator==(const TlsSpec&) const = default;
};

/// Reads the field `tls` of a proxy. Unknown fields and wrong types are refused, status 400, also by the control API:
/// a misspelt `verify` must not pass for one.
ApiResult<TlsSpec> read_tls(const Json& json);
/// As it is read.
Json to_json(const TlsSpec& spec);

/// The authority of a process; made when it is first needed.
class TlsWorld {
 public:
  Result<const TlsAuthority*> authority();

 private:
  std::optional<TlsAuthority> authority_;
};

/// What the connections of one proxy take for their TLS ends. Files are read when it is made. The reactor's thread
/// alone uses it.
class TlsSetup {
 public:
  /// Wrong files are refused with one line, status 400. `upstreams`: the hosts of the proxy's upstreams, in order.
  static ApiResult<std::shared_ptr<TlsSetup>> create(const TlsSpec& spec, const std::vector<std::string>& upstreams,
                                                     TlsWorld& world);

  bool listens() const { return spec_.listen.has_value(); }
  bool connects() const { return spec_.upstream.has_value(); }
  const StartTlsRow* starttls() const { return spec_.starttls; }
  /// The server for the program, under a fault or none; `stall` is as none. Certificates that are wrong on purpose are
  /// of the process's authority (but `untrusted`), with the names of the right one.
  Result<TlsContext> server(Handshake fault);
  /// The client of an upstream, by its place among the proxy's: it is verified by its own host's name.
  const TlsContext& client(std::size_t upstream) const {
    return clients_.at(names_[std::min(upstream, names_.size() - 1)]);
  }
  /// Whether the upstream chooses HTTP/2 where it is offered; nothing: not known, or not any more.
  std::optional<bool> upstream_http2{};

 private:
  Result<TlsContext> make_server(Handshake fault) const;

  TlsSpec spec_;
  const TlsAuthority* authority_ = nullptr;
  TlsLeaf leaf_;  ///< The right certificate, where one is made.
  std::map<Handshake, TlsContext> servers_;
  std::vector<std::string> names_;             ///< Of the upstreams, or the one that all have.
  std::map<std::string, TlsContext> clients_;  ///< By name.
};

}  // namespace pl::proxy

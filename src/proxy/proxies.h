#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/listening_proxy.h"

namespace pl::proxy {

/// Reads a proxy as it stands in a request, with the toxics that come with it. `place`: what is added to the texts of
/// refusals, as " at proxy 2"; empty for a single one. What the request does not say, but name and toxics, is as in the
/// spec.
ApiResult<ProxySpec> read_proxy(const Json& json, const std::string& place, Reading reading, ProxySpec spec);
/// The host of a listen address, where it needs a look-up; else empty.
std::string host_of(const std::string& listen);
/// All `listen` hosts of a request's body that need a look-up.
std::vector<std::string> hosts_of(const Json& body);

/// The proxies of one server by name: what the control API and a configuration file ask for. The reactor's thread alone
/// uses it.
class Proxies {
 public:
  explicit Proxies(ProxyWorld& world) : world_(world) {}

  /// All that was made by populate() before something was refused.
  struct Populated {
    std::vector<const ListeningProxy*> made;
    std::unique_ptr<ApiError> error;  ///< nullptr: all were.
  };

  /// Makes one, with its toxics, or nothing at all.
  ApiResult<const ListeningProxy*> create(const Json& json, const Names& names);
  ApiResult<const ListeningProxy*> update(const std::string& name, const Json& json, const Names& names);
  ApiResult<void> remove(const std::string& name);
  Populated populate(const Json& json, const Names& names, Reading reading);
  /// Enables all, takes all toxics away.
  ApiResult<void> reset(const Names& names);
  ApiResult<ListeningProxy*> find(const std::string& name) const;
  const std::map<std::string, std::unique_ptr<ListeningProxy>>& all() const { return proxies_; }
  void clear() { proxies_.clear(); }

 private:
  /// One of a list of populate().
  struct Wanted {
    ProxySpec spec;
    ListeningProxy* present;  ///< nullptr: it is to be made, in place of one of its name.
  };

  ListeningProxy* present(const Json& json, const Names& names) const;
  ApiResult<Wanted> read_wanted(const Json& json, const std::string& place, const Names& names, Reading reading);
  ApiResult<const ListeningProxy*> put(const Wanted& wanted, const Names& names);
  ApiResult<void> change(ListeningProxy& proxy, const ProxySpec& wanted, const Names& names);
  ApiResult<void> set_up_tls(ProxySpec& spec);
  ApiResult<const ListeningProxy*> make(const ProxySpec& spec, const Names& names);

  ProxyWorld& world_;
  std::map<std::string, std::unique_ptr<ListeningProxy>> proxies_;
};

}  // namespace pl::proxy

#include "proxy/proxies.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "os/net.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kProxies = 4096;
ApiResult<void> read_flag(const Json& json, std::string_view field, bool& into) {
  const Json& value = json[field];
  if (value.is_null()) return {};
  if (!value.is_bool()) return bad_body(fmt::format("{} must be true or false", field), field);
  into = value.as_bool();
  return {};
}

/// `protocol`: "tcp", the default, or "dns".
ApiResult<void> read_protocol(const Json& json, ProxySpec& spec) {
  const std::string protocol = PL_TRY(text_of(json, "protocol", spec.dns ? "dns" : "tcp"));
  if (protocol != "tcp" && protocol != "dns") return bad_body("protocol must be tcp or dns", "protocol");
  spec.dns = protocol == "dns";
  return {};
}

/// The fields that can be changed; those that are not named keep their value.
ApiResult<void> read_fields(const Json& json, Reading reading, ProxySpec& spec) {
  if (!is_object(json, reading)) return bad_body("a proxy must be an object");
  spec.listen = PL_TRY(text_of(json, "listen", spec.listen));
  spec.upstream = PL_TRY(text_of(json, "upstream", spec.upstream));
  PL_TRY(read_protocol(json, spec));
  PL_TRY(read_flag(json, "enabled", spec.enabled));
  PL_TRY(read_flag(json, "refuse_when_down", spec.refuse_when_down));
  if (!json["tls"].is_null()) spec.tls = PL_TRY(within("tls", read_tls(json["tls"])));
  const Json& most = json["max_connections"];
  if (most.is_null()) return {};
  if (!most.is_int() || most.as_int() < 0) {
    return bad_body("max_connections must be a whole number from 0", "max_connections");
  }
  spec.max_connections = most.as_int();
  return {};
}

ApiResult<void> append_toxic(const Json& json, Reading reading, ProxySpec& spec) {
  ToxicSpec toxic = PL_TRY(read_toxic(json, reading));
  PL_TRY(check_fit(spec, toxic));
  const auto same = [&](const ToxicSpec& one) { return one.name == toxic.name; };
  if (std::ranges::any_of(spec.toxics, same)) return refuse(409, "toxic already exists");
  // What only the row itself can refuse is refused here, where it is known which toxic it is.
  PL_TRY(within("attributes", make_toxic(toxic, spec.name, 0, 0)));
  spec.toxics.push_back(std::move(toxic));
  return {};
}

ApiResult<void> read_toxics(const Json& json, Reading reading, ProxySpec& spec) {
  if (json.items().size() > limits::kRelayFaults) return too_many_toxics();
  for (const Json& toxic : json.items()) {
    PL_TRY(within(std::to_string(spec.toxics.size()), append_toxic(toxic, reading, spec)));
  }
  return {};
}

}  // namespace

ApiResult<ProxySpec> read_proxy(const Json& json, const std::string& place, Reading reading, ProxySpec spec) {
  static constexpr std::string_view kFields[] = {"name",   "listen",           "upstream",        "protocol", "enabled",
                                                 "toxics", "refuse_when_down", "max_connections", "tls"};
  PL_TRY(read_fields(json, reading, spec));
  spec.name = PL_TRY(text_of(json, "name", ""));
  for (const auto& [field, value] : json.members()) {
    if (reading == Reading::strict && std::ranges::find(kFields, field) == std::end(kFields)) {
      return bad_body(fmt::format("a proxy has no field \"{}\"", field), field);
    }
  }
  if (spec.name.empty()) return refuse(400, "missing required field: name" + place);
  if (spec.upstream.empty()) return refuse(400, "missing required field: upstream" + place);
  if (const std::string why = why_no_upstreams(spec.upstream); reading == Reading::strict && !why.empty()) {
    return bad_body(why, "upstream");
  }
  PL_TRY(check_dns(spec));
  if (!json["toxics"].is_null() && !json["toxics"].is_array()) {
    return bad_body(fmt::format("toxics must be a list{}", place), "toxics");
  }
  PL_TRY(within("toxics", read_toxics(json["toxics"], reading, spec)));
  return spec;
}

std::string host_of(const std::string& listen) {
  const auto address = split_address(listen);
  if (!address || address->first == "localhost" || os::parse_endpoint(address->first, 0)) return {};
  return address->first;
}

std::vector<std::string> hosts_of(const Json& body) {
  std::vector<std::string> hosts = {host_of(body["listen"].as_string())};
  for (const Json& proxy : body.items()) hosts.push_back(host_of(proxy["listen"].as_string()));
  std::erase(hosts, "");
  return hosts;
}

ApiResult<ListeningProxy*> Proxies::find(const std::string& name) const {
  const auto found = proxies_.find(name);
  if (found == proxies_.end()) return refuse(404, "proxy not found");
  return found->second.get();
}

/// Reads the files that TLS needs: before anything is changed.
ApiResult<void> Proxies::set_up_tls(ProxySpec& spec) {
  spec.tls_setup.reset();
  if (!spec.tls.used()) return {};
  std::vector<std::string> hosts;
  for (const std::string& upstream : split_list(spec.upstream)) {
    const auto address = split_address(upstream);
    // One that is no address keeps its place, but is never connected to.
    const std::string host = !address || address->first.empty() ? "localhost" : address->first;
    // A zone says which link, and is no part of a name.
    hosts.push_back(host.substr(0, host.find('%')));
  }
  spec.tls_setup = PL_TRY(within("tls", TlsSetup::create(spec.tls, hosts, world_.tls)));
  return {};
}

ApiResult<const ListeningProxy*> Proxies::make(const ProxySpec& spec, const Names& names) {
  if (proxies_.size() >= kProxies) return refuse(500, "there are too many proxies");
  auto made = std::make_unique<ListeningProxy>(world_, spec);
  // Before it listens: no connection is ever without them.
  for (const ToxicSpec& toxic : spec.toxics) PL_TRY(made->add_toxic(toxic));
  if (spec.enabled) PL_TRY(within("listen", made->start(names)));
  return (proxies_[spec.name] = std::move(made)).get();
}

ApiResult<const ListeningProxy*> Proxies::create(const Json& json, const Names& names) {
  ProxySpec spec = PL_TRY(read_proxy(json, "", Reading::lenient, {}));
  if (proxies_.contains(spec.name)) return refuse(409, "proxy already exists");
  PL_TRY(set_up_tls(spec));
  return make(spec, names);
}

ApiResult<const ListeningProxy*> Proxies::update(const std::string& name, const Json& json, const Names& names) {
  ListeningProxy* const proxy = PL_TRY(find(name));
  ProxySpec wanted = proxy->spec();
  PL_TRY(read_fields(json, Reading::lenient, wanted));
  if (wanted.upstream.empty()) return refuse(400, "missing required field: upstream");
  if (wanted.dns != proxy->spec().dns) return bad_body("the protocol of a proxy cannot be changed");
  PL_TRY(check_dns(wanted));
  PL_TRY(proxy->check_toxics(wanted));
  // Files are read again where `tls` is sent again.
  if (!json["tls"].is_null() || wanted.upstream != proxy->spec().upstream) PL_TRY(set_up_tls(wanted));
  PL_TRY(change(*proxy, wanted, names));
  return proxy;
}

/// Fits a proxy to what is wanted of it; its connections end where its place or its TLS is another.
ApiResult<void> Proxies::change(ListeningProxy& proxy, const ProxySpec& wanted, const Names& names) {
  if (wanted.tls != proxy.spec().tls || !proxy.same_place(wanted.listen, wanted.upstream, names)) {
    proxy.stop();
    proxy.move(wanted.listen, wanted.upstream);
  }
  if (!wanted.enabled && proxy.enabled()) proxy.stop();
  PL_TRY(proxy.set_options(wanted.refuse_when_down, wanted.max_connections));
  proxy.set_tls(wanted.tls, wanted.tls_setup);
  if (wanted.enabled) PL_TRY(proxy.start(names));
  return {};
}

ApiResult<void> Proxies::remove(const std::string& name) {
  PL_TRY(find(name));
  proxies_.erase(name);
  return {};
}

/// The proxy that one of a list is already: of its name and in its place; else nullptr.
ListeningProxy* Proxies::present(const Json& json, const Names& names) const {
  const auto found = proxies_.find(json["name"].as_string());
  if (found == proxies_.end()) return nullptr;
  ListeningProxy& proxy = *found->second;
  const std::string& protocol = json["protocol"].as_string();
  if (!protocol.empty() && protocol != (proxy.spec().dns ? "dns" : "tcp")) return nullptr;
  return proxy.same_place(json["listen"].as_string(), json["upstream"].as_string(), names) ? &proxy : nullptr;
}

/// One of a list, whole and checked, before anything is changed. What it does not say is as it is in the proxy that it
/// is already.
ApiResult<Proxies::Wanted> Proxies::read_wanted(const Json& json, const std::string& place, const Names& names,
                                                Reading reading) {
  Wanted wanted{.spec = {}, .present = present(json, names)};
  if (wanted.present) {
    wanted.spec = wanted.present->spec();
    wanted.spec.toxics.clear();
  }
  wanted.spec = PL_TRY(read_proxy(json, place, reading, std::move(wanted.spec)));
  // Files are read again where `tls` is sent again.
  if (!json["tls"].is_null()) PL_TRY(set_up_tls(wanted.spec));
  if (wanted.present) {
    if (wanted.spec.toxics.empty()) PL_TRY(wanted.present->check_toxics(wanted.spec));
    wanted.spec.listen = wanted.present->spec().listen;
    wanted.spec.enabled = wanted.present->enabled();
  }
  return wanted;
}

/// Creates or replaces; one that is there already stays, with its connections, and with its toxics unless others came.
/// No toxics are as good as no word of them: clients send `[]` or `null` of their own accord.
ApiResult<const ListeningProxy*> Proxies::put(const Wanted& wanted, const Names& names) {
  if (!wanted.present) {
    proxies_.erase(wanted.spec.name);
    return make(wanted.spec, names);
  }
  ListeningProxy& proxy = *wanted.present;
  PL_TRY(change(proxy, wanted.spec, names));
  if (wanted.spec.toxics.empty()) return &proxy;
  proxy.remove_toxics();
  for (const ToxicSpec& toxic : wanted.spec.toxics) PL_TRY(proxy.add_toxic(toxic));
  return &proxy;
}

Proxies::Populated Proxies::populate(const Json& json, const Names& names, Reading reading) {
  Populated done;
  const auto failed = [&](ApiError error) {
    done.error = std::make_unique<ApiError>(std::move(error));
    return std::move(done);
  };
  if (json.is_null() && reading == Reading::lenient)
    return done;  // as in Go, which reads no list at all as an empty one
  if (!json.is_array()) return failed(bad_body("a list of proxies is expected").error());
  std::vector<Wanted> all;
  for (const Json& one : json.items()) {
    const std::string step = std::to_string(all.size());
    const std::string place = fmt::format(" at proxy {}", all.size() + 1);
    // Who reads a configuration file is told which proxy is meant anyhow.
    ApiResult<Wanted> wanted = read_wanted(one, reading == Reading::strict ? "" : place, names, reading);
    if (!wanted) return failed(within(step, wanted.error()));
    const std::string& name = wanted->spec.name;
    if (std::ranges::any_of(all, [&](const Wanted& other) { return other.spec.name == name; })) {
      const auto twice = bad_body(fmt::format("duplicate proxy name \"{}\"{}", name, place), "name");
      return failed(within(step, twice.error()));
    }
    all.push_back(std::move(*wanted));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const ApiResult<const ListeningProxy*> made = put(all[i], names);
    if (!made) return failed(within(std::to_string(i), made.error()));
    done.made.push_back(*made);
  }
  return done;
}

ApiResult<void> Proxies::reset(const Names& names) {
  for (const auto& [name, proxy] : proxies_) {
    PL_TRY(proxy->start(names));
    proxy->remove_toxics();
  }
  return {};
}

}  // namespace pl::proxy

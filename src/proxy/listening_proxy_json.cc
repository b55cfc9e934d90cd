// What a proxy tells of itself.
#include "os/net.h"
#include "proxy/listening_proxy.h"

namespace pl::proxy {
namespace {

Json by_way(const std::int64_t (&bytes)[2]) {
  return Json::object().set("upstream", bytes[index(Way::up)]).set("downstream", bytes[index(Way::down)]);
}

}  // namespace

Json ListeningProxy::toxics_json() const {
  Json list = Json::array();
  for (const Way way : kWays) {
    for (const auto& toxic : toxics_) {
      if (toxic->spec.stream_way() == way) list.push(proxy::to_json(toxic->spec));
    }
  }
  return list;
}

Json ListeningProxy::to_json() const {
  Json json = Json::object();
  json.set("name", spec_.name).set("listen", spec_.listen).set("upstream", spec_.upstream);
  json.set("enabled", spec_.enabled);
  if (spec_.dns) json.set("protocol", "dns");
  if (spec_.refuse_when_down) json.set("refuse_when_down", true);
  if (spec_.max_connections > 0) json.set("max_connections", spec_.max_connections);
  if (spec_.tls.used()) json.set("tls", proxy::to_json(spec_.tls));
  return json.set("toxics", toxics_json());
}

Json ListeningProxy::connections_json() const {
  Json list = Json::array();
  for (const auto& connection : connections_.all()) {
    if (connection->over()) continue;
    Json one = Json::object();
    one.set("id", connection->number()).set("client", os::endpoint_text(connection->source()));
    one.set("upstream", os::endpoint_text(connection->destination()));
    one.set("state", connection->connecting() ? "connecting" : "open");
    one.set("age_ms", (world_.reactor.now() - connection->since()) / kMs);
    one.set("received", by_way(connection->carried().received)).set("sent", by_way(connection->carried().sent));
    const std::int64_t waiting[2] = {static_cast<std::int64_t>(connection->waiting(Way::up)),
                                     static_cast<std::int64_t>(connection->waiting(Way::down))};
    one.set("waiting", by_way(waiting));
    Json names = Json::array(), opaque = Json::array();
    for (const auto& toxic : toxics_) {
      if (connection->has_fault(toxic->id)) names.push(toxic->spec.name);
      if (connection->is_opaque_to(toxic->id)) opaque.push(toxic->spec.name);
    }
    list.push(std::move(one.set("toxics", std::move(names)).set("opaque_to", std::move(opaque))));
  }
  return Json::object().set("connections", std::move(list));
}

ProxyTotals ListeningProxy::totals() const {
  ProxyTotals totals{.carried = over_, .dns = dns_counts_, .connections = static_cast<std::int64_t>(accepted_)};
  for (const Way way : kWays) {
    totals.carried.received[index(way)] += dns_counts_.carried.received[index(way)];
    totals.carried.sent[index(way)] += dns_counts_.carried.sent[index(way)];
  }
  for (const auto& connection : connections_.all()) {
    if (connection->over()) continue;
    ++totals.open;
    for (const Way way : kWays) {
      totals.carried.received[index(way)] += connection->carried().received[index(way)];
      totals.carried.sent[index(way)] += connection->carried().sent[index(way)];
      totals.held += static_cast<std::int64_t>(connection->waiting(way));
    }
  }
  return totals;
}

}  // namespace pl::proxy

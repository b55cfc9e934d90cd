#include "proxy/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace pl::proxy {
namespace {

/// A label's value in the text format: backslash, quote and the end of a line are escaped.
std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"' || c == '\n') out += '\\';
    out += c == '\n' ? 'n' : c;
  }
  return out;
}

/// A proxy and what it carried, looked at once for all metrics.
struct Counted {
  const std::string& name;
  const ProxySpec& spec;
  ProxyTotals totals;
};

void append_bytes(std::string& out, const std::vector<Counted>& proxies, const char* name,
                  std::int64_t (Carried::*bytes)[2]) {
  out += fmt::format("# HELP toxiproxy_proxy_{0} Bytes by proxy and direction.\n# TYPE toxiproxy_proxy_{0} counter\n",
                     name);
  for (const Counted& proxy : proxies) {
    for (const Way way : {Way::down, Way::up}) {
      out += fmt::format("toxiproxy_proxy_{}{{direction=\"{}\",listener=\"{}\",proxy=\"{}\",upstream=\"{}\"}} {}\n",
                         name, way == Way::up ? "upstream" : "downstream", escape(proxy.spec.listen),
                         escape(proxy.name), escape(proxy.spec.upstream), (proxy.totals.carried.*bytes)[index(way)]);
    }
  }
}

void append_own(std::string& out, const std::vector<Counted>& proxies, const char* name, const char* type,
                const char* help, std::int64_t ProxyTotals::* value) {
  out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  for (const Counted& proxy : proxies) {
    out += fmt::format("{}{{proxy=\"{}\"}} {}\n", name, escape(proxy.name), proxy.totals.*value);
  }
}

/// Of DNS forwarders alone.
void append_dns(std::string& out, const std::vector<Counted>& proxies, const char* name, const char* help,
                std::int64_t DnsCounts::* value) {
  if (std::ranges::none_of(proxies, [](const Counted& proxy) { return proxy.spec.dns; })) return;
  out += fmt::format("# HELP {0} {1}\n# TYPE {0} counter\n", name, help);
  for (const Counted& proxy : proxies) {
    if (proxy.spec.dns)
      out += fmt::format("{}{{proxy=\"{}\"}} {}\n", name, escape(proxy.name), proxy.totals.dns.*value);
  }
}

}  // namespace

std::string metrics_text(const Proxies& all, const Held& held) {
  std::vector<Counted> proxies;
  for (const auto& [name, proxy] : all.all()) proxies.push_back({name, proxy->spec(), proxy->totals()});
  std::string out;
  append_bytes(out, proxies, "received_bytes_total", &Carried::received);
  append_bytes(out, proxies, "sent_bytes_total", &Carried::sent);
  append_own(out, proxies, "proofload_proxy_connections_total", "counter", "Accepted connections.",
             &ProxyTotals::connections);
  append_own(out, proxies, "proofload_proxy_connections_open", "gauge", "Open connections.", &ProxyTotals::open);
  append_own(out, proxies, "proofload_proxy_waiting_bytes", "gauge", "Bytes that wait in the proxy.",
             &ProxyTotals::held);
  append_dns(out, proxies, "proofload_proxy_dns_queries_total", "DNS queries that came as datagrams.",
             &DnsCounts::queries);
  append_dns(out, proxies, "proofload_proxy_dns_answered_total", "Answers to them, toxics' own included.",
             &DnsCounts::answered);
  append_dns(out, proxies, "proofload_proxy_dns_acted_total", "Those that a toxic acted on.", &DnsCounts::acted);
  out += fmt::format(
      "# HELP proofload_held_bytes Bytes that wait before toxics.\n# TYPE proofload_held_bytes gauge\n"
      "proofload_held_bytes {}\n"
      "# HELP proofload_held_stops_total How often a sender was stopped because a toxic held too much.\n"
      "# TYPE proofload_held_stops_total counter\nproofload_held_stops_total {}\n",
      held.bytes, held.stops);
  return out;
}

}  // namespace pl::proxy

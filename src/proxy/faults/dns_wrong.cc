#include <fmt/format.h>

#include "os/net.h"
#include "proxy/faults/dns.h"

namespace pl::proxy::faults {
namespace {

/// The bytes of an address of that family, empty where the text is none.
std::string address_of(const std::string& text, int family) {
  const Result<Endpoint> found = os::parse_endpoint(text, 0);
  if (!found || found->family != family) return {};
  return {reinterpret_cast<const char*>(found->address), family == 4 ? 4U : 16U};
}

struct DnsWrongSetting {
  explicit DnsWrongSetting(const Values& values)
      : address4(address_of(values.text("address4"), 4)),
        address6(address_of(values.text("address6"), 6)),
        ttl(static_cast<std::uint32_t>(values["ttl"])) {}
  static bool meant(const wire::DnsQuery& query) { return query.type == wire::kDnsA || query.type == wire::kDnsAaaa; }
  DnsPlan plan(const wire::DnsQuery& query) const {
    return {.answer = wire::dns_answer(query, query.type == wire::kDnsA ? address4 : address6, ttl)};
  }

  std::string address4, address6;
  std::uint32_t ttl;
};

Result<void> check(const Values& values) {
  const DnsWrongSetting setting(values);
  const auto wrong = [&](std::string_view name, int family) {
    return fail(Errc::config, fmt::format("fault dns_wrong: {} must be an IPv{} address, not \"{}\"", name, family,
                                          values.text(name)));
  };
  if (setting.address4.empty()) return wrong("address4", 4);
  if (setting.address6.empty()) return wrong("address6", 6);
  return {};
}

}  // namespace

Result<std::unique_ptr<DnsFault>> make_dns_wrong(const Values& values, FaultContext context) {
  if (const Result<void> right = check(values); !right) return std::unexpected(right.error());
  return std::make_unique<MatchedDnsFault<DnsWrongSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#include "proxy/faults/dns.h"

namespace pl::proxy::faults {
namespace {

struct DnsTimeoutSetting {
  explicit DnsTimeoutSetting(const Values&) {}
  static bool meant(const wire::DnsQuery&) { return true; }
  static DnsPlan plan(const wire::DnsQuery&) { return {.lost = true}; }
};

}  // namespace

Result<std::unique_ptr<DnsFault>> make_dns_timeout(const Values& values, FaultContext context) {
  return std::make_unique<MatchedDnsFault<DnsTimeoutSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#include "proxy/faults/dns.h"

namespace pl::proxy::faults {
namespace {

struct DnsSlowSetting {
  explicit DnsSlowSetting(const Values& values) : delay(static_cast<Ns>(values["delay"] * kMs)) {}
  static bool meant(const wire::DnsQuery&) { return true; }
  DnsPlan plan(const wire::DnsQuery&) const { return {.after = delay}; }

  Ns delay;
};

}  // namespace

Result<std::unique_ptr<DnsFault>> make_dns_slow(const Values& values, FaultContext context) {
  return std::make_unique<MatchedDnsFault<DnsSlowSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

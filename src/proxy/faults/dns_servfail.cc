#include "proxy/faults/dns.h"

namespace pl::proxy::faults {

Result<std::unique_ptr<DnsFault>> make_dns_servfail(const Values& values, FaultContext context) {
  return std::make_unique<MatchedDnsFault<DnsCodeSetting<wire::DnsCode::server_failure>>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

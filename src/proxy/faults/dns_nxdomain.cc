#include "proxy/faults/dns.h"

namespace pl::proxy::faults {

Result<std::unique_ptr<DnsFault>> make_dns_nxdomain(const Values& values, FaultContext context) {
  return std::make_unique<MatchedDnsFault<DnsCodeSetting<wire::DnsCode::no_such_name>>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

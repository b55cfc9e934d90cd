#include "base/text.h"
#include "proxy/faults/dns.h"

namespace pl::proxy::faults {
namespace {

/// Of IANA's registry "Resource Record (RR) TYPEs".
constexpr std::pair<std::string_view, std::uint16_t> kTypes[] = {
    {"A", 1},    {"NS", 2},  {"CNAME", 5},  {"SOA", 6},   {"PTR", 12},    {"MX", 15},    {"TXT", 16},  {"AAAA", 28},
    {"SRV", 33}, {"DS", 43}, {"NAPTR", 35}, {"SVCB", 64}, {"DNSKEY", 48}, {"HTTPS", 65}, {"ANY", 255}, {"CAA", 257},
};

std::uint16_t dns_type(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, [](const auto& row) { return row.first; });
  return found == std::end(kTypes) ? 0 : found->second;
}

std::string without_dot(std::string name) {
  if (name.size() > 1 && name.ends_with('.')) name.pop_back();
  return name;
}

}  // namespace

DnsMatch::DnsMatch(const Values& values)
    : name_(without_dot(lower(values.text("name")))), type_(dns_type(values.text("type"))) {}

bool DnsMatch::matches(const wire::DnsQuery& query) const {
  if (query.net != wire::kDnsInternet || (type_ != 0 && query.type != type_)) return false;
  if (name_ == ".") return query.name.empty();  // the root
  return name_.empty() || matches_pattern(lower(query.name), name_);
}

}  // namespace pl::proxy::faults

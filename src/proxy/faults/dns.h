#pragma once
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "proxy/dns_fault.h"
#include "proxy/faults/selection.h"

/// Faults on DNS queries: makers, parameters, and what they have in common. Each lives in a file dns_*.cc.
namespace pl::proxy::faults {

/// What `type` can be.
inline constexpr std::string_view kDnsTypes =
    "A, AAAA, ANY, CAA, CNAME, DNSKEY, DS, HTTPS, MX, NAPTR, NS, PTR, SOA, SRV, SVCB, TXT";

inline constexpr std::array<ParameterRow, 2> kDnsMatchParameters{{
    text_parameter("name", "", "Of the queries that are meant, * for anything, in any case; empty: any."),
    choice_parameter("type", "", kDnsTypes, "Of the queries that are meant; empty: any."),
}};

/// Which queries a fault is about; those of the Internet's class alone.
class DnsMatch {
 public:
  explicit DnsMatch(const Values& values);
  bool matches(const wire::DnsQuery& query) const;

 private:
  std::string name_;
  std::uint16_t type_;  ///< 0: any.
};

/// A fault on queries that is nothing but its setting: made of a row's Values, it has
/// `DnsPlan plan(const wire::DnsQuery&) const` for the queries that it acts on, and
/// `bool meant(const wire::DnsQuery&) const` for those that it can act on.
template <class Setting>
class MatchedDnsFault : public DnsFault {
 public:
  MatchedDnsFault(const Values& values, FaultContext context)
      : seed_(context.rng.next()), measure_(context.measure), setting_(values), match_(values), selection_(values) {}
  DnsPlan plan(const wire::DnsQuery& query, std::uint64_t number) override {
    Rng rng = chance_of(seed_, {.number = number});
    if (!setting_.meant(query) || !match_.matches(query) || !selection_.takes(rng)) return {};
    ++measure_->acted;
    DnsPlan plan = setting_.plan(query);
    plan.acts = true;
    return plan;
  }
  Ns delay() const override {
    if constexpr (requires { setting_.delay; }) return setting_.delay;
    return 0;
  }
  void update(const Values& values) override {
    setting_ = Setting(values);
    match_ = DnsMatch(values);
    selection_.update(values);
  }

 private:
  std::uint64_t seed_;
  Measure* measure_;
  Setting setting_;
  DnsMatch match_;
  Selection selection_;
};

/// A setting that answers every query with a code.
template <wire::DnsCode kCode>
struct DnsCodeSetting {
  explicit DnsCodeSetting(const Values&) {}
  static bool meant(const wire::DnsQuery&) { return true; }
  static DnsPlan plan(const wire::DnsQuery& query) { return {.answer = wire::dns_answer(query, kCode)}; }
};

Result<std::unique_ptr<DnsFault>> make_dns_nxdomain(const Values& values, FaultContext context);
Result<std::unique_ptr<DnsFault>> make_dns_servfail(const Values& values, FaultContext context);
Result<std::unique_ptr<DnsFault>> make_dns_timeout(const Values& values, FaultContext context);
Result<std::unique_ptr<DnsFault>> make_dns_slow(const Values& values, FaultContext context);
/// An address that is none is Errc::config.
Result<std::unique_ptr<DnsFault>> make_dns_wrong(const Values& values, FaultContext context);

inline constexpr auto kDnsMatchOnlyParameters = joined(kDnsMatchParameters, kSelectionParameters);
inline constexpr auto kDnsSlowParameters =
    joined(std::array<ParameterRow, 1>{{
               {"delay", "ms", "From the query until it goes on.", 0, kHourMs, 1000},
           }},
           kDnsMatchParameters, kSelectionParameters);
inline constexpr auto kDnsWrongParameters =
    joined(std::array<ParameterRow, 3>{{
               text_parameter("address4", "192.0.2.1", "The answer to a query of type A."),
               text_parameter("address6", "2001:db8::1", "The answer to a query of type AAAA."),
               {"ttl", "s", "How long the answer may be kept.", 0, 2147483647, 1, true},
           }},
           kDnsMatchParameters, kSelectionParameters);

}  // namespace pl::proxy::faults

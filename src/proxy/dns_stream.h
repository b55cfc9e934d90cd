#pragma once
#include <memory>

#include "proxy/dns_fault.h"
#include "proxy/fault.h"

namespace pl::proxy {

/// A fault on DNS queries as one on connections: queries that come by TCP (RFC 7766, each message behind two bytes of
/// its length) meet the same fault as those by UDP. Answers are passed on whole, so that one of its own comes between
/// two. A slow query holds up those behind it on its connection for no longer than they wait themselves. A query that
/// cannot be read meets no fault; a connection that was open before passes untouched.
class DnsStreamFault : public Fault {
 public:
  /// Fault and measure outlive it.
  DnsStreamFault(DnsFault& fault, Measure& measure) : fault_(fault), measure_(measure) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override;
  /// The fault on queries has them.
  void update(const Values&) override {}

 private:
  class StreamTap;
  DnsFault& fault_;
  Measure& measure_;
  std::uint64_t queries_ = 0;  ///< Over all connections, in the order they came.
};

}  // namespace pl::proxy

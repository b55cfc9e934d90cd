#pragma once
#include <cstdint>
#include <string>

#include "base/time.h"
#include "wire/dns.h"

/// The interface of a fault on DNS queries, as proxy/fault.h is that of one on connections: pure, asked once for each
/// query; what it says is done by the forwarder (proxy/dns_forwarder.h).
namespace pl::proxy {

class Values;

/// What a fault wants done with a query. With neither an answer nor `lost` it goes on, to the next fault and to the
/// name server.
struct DnsPlan {
  bool acts = false;   ///< False: the rest means nothing.
  Ns after = 0;        ///< First it waits this much.
  bool lost = false;   ///< It gets no answer.
  std::string answer;  ///< Sent instead of the name server's, with the query's id; empty: none.
};

/// A fault in force on a DNS forwarder.
class DnsFault {
 public:
  virtual ~DnsFault() = default;
  /// `number`: of the query, in the order they came; what is drawn for it follows from it.
  virtual DnsPlan plan(const wire::DnsQuery& query, std::uint64_t number) = 0;
  /// How long a query that it lets wait does so, counted from when it came.
  virtual Ns delay() const = 0;
  /// Other values of its parameters; its counts go on. Queries that wait do so by the new ones.
  virtual void update(const Values& values) = 0;
};

}  // namespace pl::proxy

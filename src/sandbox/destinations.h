#pragma once
#include <string>
#include <vector>

#include "base/handoff.h"
#include "base/result.h"

namespace pl::sandbox {

/// Where the sandbox may go: loopback, this machine's own addresses (what is sent there never leaves it), and what the
/// configuration names. Immutable after parsing.
class Destinations {
 public:
  /// Entries: "192.0.2.7", "192.0.2.0/24", "2001:db8::/32", "192.0.2.7:443", "[::1]:443", "host" or "host:443". Names
  /// are looked up once, now; one that is unknown is an error, as is anything else.
  static Result<Destinations> parse(const std::vector<std::string>& allowed, const std::vector<Endpoint>& own);

  bool permits(const Endpoint& destination) const;
  /// Whether anything beyond this machine is permitted.
  bool beyond_machine() const { return beyond_; }

 private:
  struct Range {
    Endpoint base;  ///< Port 0: any.
    int prefix_bits;
  };
  static bool holds(const Range& range, const Endpoint& destination);
  std::vector<Range> ranges_;
  bool beyond_ = false;
};

/// Addresses of this machine's interfaces.
std::vector<Endpoint> own_addresses();
/// 0.0.0.0 and ::, which a connect takes as the loopback address, become that.
Endpoint concrete(Endpoint destination);

}  // namespace pl::sandbox

#pragma once
#include "base/handoff.h"
#include "base/result.h"
#include "os/fd.h"

namespace pl::sandbox {

/// Addresses on loopback that answer a connect as faults want it: one refuses, one never answers. The kernel itself
/// does it, so that every program sees just what it would see. One pair for IPv4 and IPv6 each, while the object lives.
class Targets {
 public:
  static Result<Targets> create();

  /// A bound socket that never listens. Family is 4 or 6; family 0 of the result: the machine has no IPv6.
  const Endpoint& refusing(int family) const { return family == 4 ? refusing4_.at : refusing6_.at; }
  /// A listener whose queue one connection fills.
  const Endpoint& unanswering(int family) const { return family == 4 ? full4_.at : full6_.at; }

 private:
  struct Place {
    os::Fd socket, filler;
    Endpoint at;
  };
  static Result<Place> refusing_place(const char* address);
  static Result<Place> full_place(const char* address);
  Place refusing4_, refusing6_, full4_, full6_;
};

}  // namespace pl::sandbox

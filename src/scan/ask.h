#pragma once
#include <string>

#include "base/handoff.h"
#include "base/time.h"
#include "http/client.h"
#include "os/clock.h"
#include "wire/http1.h"

namespace pl::scan {

/// An answer as far as it came.
struct Asked {
  wire::HttpHead head;  ///< Status 0: none came.
  std::string body;     ///< limits::kProbeBytes at most.
  bool whole = false;   ///< It ended in order.
};

/// Asks once on a connection of its own, and waits `limit` at most. `from` is the address to ask from, family 0 for
/// any: an application that limits its customers by address then does not limit the load.
Asked ask(const os::Clock& clock, const Endpoint& target, const Endpoint& from, http::ClientRequest request, Ns limit);

}  // namespace pl::scan

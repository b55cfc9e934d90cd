#pragma once
#include <cstddef>
#include <functional>

#include "base/handoff.h"
#include "base/result.h"
#include "http/client.h"
#include "os/clock.h"

namespace pl::engine {

/// What became of keep-alive connections when their server was told to end.
struct KeptConnections {
  std::int64_t kept = 0;      ///< Open and idle before the signal, after an answer.
  std::int64_t answered = 0;  ///< Asked after it and answered in full, whatever the answer.
  std::int64_t closed = 0;    ///< Closed before anything was asked: a client sees that and connects anew.
  std::int64_t lost = 0;      ///< Asked, and ended without a whole answer.
};

/// Opens connections, has each answer `request` once, lets them be idle, calls `signal`, and asks once more on each
/// that is still open then, the first 50 ms after the signal, each further one twice as long after it. `pause` is
/// called all the time; its error and that of `signal` end it. Blocks for at most 25 s.
Result<KeptConnections> ask_kept(const os::Clock& clock, const Endpoint& target, const http::ClientRequest& request,
                                 const std::function<Result<void>()>& signal,
                                 const std::function<Result<void>()>& pause);

}  // namespace pl::engine

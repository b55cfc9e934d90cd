#pragma once
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "os/fd.h"

/// Messages between engine, supervisor and init: one JSON document per SOCK_SEQPACKET packet, descriptors attached.
namespace pl::sandbox {

/// One packet as received.
struct Packet {
  enum class Kind { message, again, end };
  Kind kind = Kind::again;  ///< `end`: the other side is gone.
  Json message;
  std::vector<os::Fd> fds;  ///< Close-on-exec.
};

/// Two ends, both close-on-exec and blocking, with room for a whole message each way.
Result<std::pair<os::Fd, os::Fd>> channel_pair();
/// Sends without SIGPIPE. Errc::limit for a message above limits::kMessageBytes; an errno of EAGAIN in `source_code`
/// when `wait` is false and there is no room now.
Result<void> send_packet(int channel, const Json& message, const std::vector<int>& fds = {}, bool wait = true);
/// The next packet; waits for it where asked.
Packet receive_packet(int channel, bool wait);

}  // namespace pl::sandbox

#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "base/handoff.h"
#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

/// Non-blocking stream sockets, one system call per function, and the hand-over of connections between two processes.
namespace pl::os {

/// What one read or write brought.
struct Transfer {
  enum class Kind { bytes, again, end, failed };
  Kind kind = Kind::again;  ///< `end` (only of a read): the peer sent FIN. `failed`: reset, or any other error.
  std::size_t count = 0;    ///< Bytes moved, where `kind` is bytes.
  int error = 0;            ///< errno where it failed.
};

/// One recv() into the room given.
Transfer read_some(int fd, std::span<char> room);
/// One send() without SIGPIPE; moves what the kernel takes.
Transfer write_some(int fd, std::string_view bytes);
/// Sends FIN; reading goes on.
void shut_write(int fd);

/// A connection taken from a listener, non-blocking and close-on-exec.
struct Accepted {
  Fd fd;
  Endpoint peer;
};
/// The next waiting connection: an Accepted without descriptor where none waits; an error for want of descriptors.
Result<Accepted> accept_one(int listener);

/// Two connected SOCK_SEQPACKET ends. The first is non-blocking and close-on-exec, for the receiver in this process;
/// the second is blocking and is inherited by the process that sends.
Result<std::pair<Fd, Fd>> handoff_pair();
/// Sends one record; the upstream socket is copied, the caller closes its own. -1: there is none.
Result<void> send_handoff(int channel, const Handoff& handoff, int upstream);

/// A record as received.
struct ReceivedHandoff {
  enum class Kind { record, again, end };
  Kind kind = Kind::again;  ///< `end`: the sender is gone.
  Handoff handoff;
  Fd upstream;  ///< Non-blocking and close-on-exec; empty where none was attached.
};
ReceivedHandoff receive_handoff(int channel);

/// Raises this process's limit of open descriptors to what it may have; returns it.
std::size_t raise_descriptor_limit();
/// Processor time used so far by the calling thread.
Ns thread_processor_time();

}  // namespace pl::os

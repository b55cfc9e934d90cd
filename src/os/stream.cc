#include "os/stream.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "os/net.h"

namespace pl::os {
namespace {

Transfer outcome(ssize_t moved) {
  if (moved > 0) return {Transfer::Kind::bytes, static_cast<std::size_t>(moved), 0};
  if (moved == 0) return {Transfer::Kind::end, 0, 0};
  if (errno == EAGAIN || errno == EINTR) return {Transfer::Kind::again, 0, 0};
  return {Transfer::Kind::failed, 0, errno};
}

union ControlRoom {
  char bytes[CMSG_SPACE(sizeof(int))];
  cmsghdr align;
};

}  // namespace

Transfer read_some(int fd, std::span<char> room) { return outcome(::recv(fd, room.data(), room.size(), 0)); }

Transfer write_some(int fd, std::string_view bytes) {
  return outcome(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void shut_write(int fd) { ::shutdown(fd, SHUT_WR); }

Result<Accepted> accept_one(int listener) {
  SocketAddress address;
  address.length = sizeof address.storage;
  const int fd =
      ::accept4(listener, reinterpret_cast<sockaddr*>(&address.storage), &address.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) return Accepted{Fd(fd), to_endpoint(address.get(), address.length)};
  // A connection that was reset while it waited is not an error of the listener.
  if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return Accepted{};
  return fail_errno(errno, "accept");
}

Result<std::pair<Fd, Fd>> handoff_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail_errno(errno, "socketpair");
  std::pair<Fd, Fd> pair{Fd(ends[0]), Fd(ends[1])};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return fail_errno(errno, "fcntl");
  if (::fcntl(ends[1], F_SETFD, 0) != 0) return fail_errno(errno, "fcntl");
  return pair;
}

Result<void> send_handoff(int channel, const Handoff& handoff, int upstream) {
  Handoff record = handoff;
  iovec part{&record, sizeof record};
  ControlRoom control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (upstream >= 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &upstream, sizeof upstream);
  }
  const ssize_t sent = ::sendmsg(channel, &message, MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(sizeof record)) return fail_errno(sent < 0 ? errno : EIO, "sendmsg to the relay");
  return {};
}

ReceivedHandoff receive_handoff(int channel) {
  ReceivedHandoff received;
  iovec part{&received.handoff, sizeof received.handoff};
  ControlRoom control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  const ssize_t got = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  if (got < 0) {
    const bool again = errno == EAGAIN || errno == EINTR;
    received.kind = again ? ReceivedHandoff::Kind::again : ReceivedHandoff::Kind::end;
    return received;
  }
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    received.upstream = Fd(fd);
    const int flags = ::fcntl(fd, F_GETFL);
    ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  }
  const bool whole = got == static_cast<ssize_t>(sizeof received.handoff);
  received.kind = whole ? ReceivedHandoff::Kind::record : ReceivedHandoff::Kind::end;
  return received;
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

Ns thread_processor_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * kSec + used.tv_nsec;
}

}  // namespace pl::os

#include "sandbox/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "base/limits.h"

namespace pl::sandbox {
namespace {

constexpr std::size_t kMostFds = 4;
union ControlRoom {
  char bytes[CMSG_SPACE(sizeof(int) * kMostFds)];
  cmsghdr align;
};

void take_fds(msghdr& message, std::vector<os::Fd>& out) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      out.emplace_back(fd);
    }
  }
}

}  // namespace

Result<std::pair<os::Fd, os::Fd>> channel_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail_errno(errno, "socketpair");
  const int room = 2 * static_cast<int>(limits::kMessageBytes);
  for (const int end : ends) ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  return std::pair{os::Fd(ends[0]), os::Fd(ends[1])};
}

Result<void> send_packet(int channel, const Json& message, const std::vector<int>& fds, bool wait) {
  std::string text = message.dump();
  if (text.size() > limits::kMessageBytes || fds.size() > kMostFds) {
    return fail(Errc::limit, "a message of " + std::to_string(text.size()) + " bytes (arguments and environment) is " +
                                 "above the limit of " + std::to_string(limits::kMessageBytes));
  }
  iovec part{text.data(), text.size()};
  ControlRoom control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!fds.empty()) {
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  for (;;) {
    if (::sendmsg(channel, &header, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT)) >= 0) return {};
    if (errno != EINTR) return fail_errno(errno, "sending a message in the sandbox");
  }
}

Packet receive_packet(int channel, bool wait) {
  Packet packet;
  static thread_local std::string room(limits::kMessageBytes, '\0');
  iovec part{room.data(), room.size()};
  ControlRoom control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  const ssize_t got = ::recvmsg(channel, &header, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return packet;
  packet.kind = Packet::Kind::end;
  if (got <= 0) return packet;
  take_fds(header, packet.fds);
  auto message = Json::parse(std::string_view(room.data(), static_cast<std::size_t>(got)));
  if (!message) return packet;
  packet.kind = Packet::Kind::message;
  packet.message = std::move(*message);
  return packet;
}

}  // namespace pl::sandbox

#include "sandbox/notify.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "os/process.h"
#include "sandbox/kernel.h"

namespace pl::sandbox {
namespace {

constexpr std::size_t kKeptThreads = 256;

std::vector<std::uint64_t> room_of(std::size_t kernel_size, std::size_t our_size) {
  const std::size_t size = kernel_size > our_size ? kernel_size : our_size;
  return std::vector<std::uint64_t>(size / 8 + 1);
}

}  // namespace

Notifications::Notifications(os::Fd listener, bool older_kernel)
    : listener_(std::move(listener)), older_kernel_(older_kernel) {
  seccomp_notif_sizes sizes{};
  ::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes);
  request_ = room_of(sizes.seccomp_notif, sizeof(seccomp_notif));
  response_ = room_of(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp));
  if (!older_kernel) ::ioctl(listener_.get(), kNotifSetFlags, kSyncWakeUp);  // Only faster; older kernels lack it.
}

std::optional<Call> Notifications::receive() {
  pollfd ready{listener_.get(), POLLIN, 0};  // Looked at again: the receiving call itself would wait.
  if (::poll(&ready, 1, 0) <= 0 || (ready.revents & POLLIN) == 0) return std::nullopt;
  std::memset(request_.data(), 0, request_.size() * 8);
  auto* note = reinterpret_cast<seccomp_notif*>(request_.data());
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, note) != 0) return std::nullopt;
  Call call;
  call.id = note->id;
  call.thread = static_cast<pid_t>(note->pid);
  call.number = note->data.nr;
  for (int i = 0; i < 6; ++i) call.args[i] = note->data.args[i];
  return call;
}

bool Notifications::valid(std::uint64_t id) const {
  return ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

bool Notifications::answer(std::uint64_t id, const Answer& answer) {
  if (answer.how == Answer::How::sent) return true;
  std::memset(response_.data(), 0, response_.size() * 8);
  auto* response = reinterpret_cast<seccomp_notif_resp*>(response_.data());
  response->id = id;
  if (answer.how == Answer::How::proceed) response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  if (answer.how == Answer::How::fail) response->error = -answer.error;
  return ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, response) == 0;
}

int Notifications::answer_descriptor(std::uint64_t id, int fd, bool close_on_exec) {
  seccomp_notif_addfd add{};
  add.id = id;
  add.srcfd = static_cast<std::uint32_t>(fd);
  add.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
  if (!older_kernel_) {
    add.flags = SECCOMP_ADDFD_FLAG_SEND;
    if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add) >= 0) return 0;
    if (errno != EINVAL) return errno;
    add.flags = 0;
  }
  const int number = ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add);
  if (number < 0) return errno;
  std::memset(response_.data(), 0, response_.size() * 8);
  auto* response = reinterpret_cast<seccomp_notif_resp*>(response_.data());
  response->id = id;
  response->val = number;
  ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, response);
  return 0;
}

pid_t Threads::process_of(pid_t thread) {
  const long leader = os::process_status_number(thread, "Tgid");
  return leader > 0 ? static_cast<pid_t>(leader) : thread;
}

Threads::Entry Threads::open(pid_t thread) {
  Entry entry;
  entry.process = process_of(thread);
  if (!older_kernel_) entry.pidfd = open_pidfd(thread, entry.process == thread ? 0 : kPidfdThread);
  if (!entry.pidfd) entry.pidfd = open_pidfd(entry.process, 0);
  return entry;
}

Threads::Copy Threads::copy(pid_t thread, int fd) {
  auto found = entries_.find(thread);
  if (found != entries_.end()) {
    Copy out{copy_descriptor(found->second.pidfd.get(), fd), found->second.process};
    if (out.fd || errno != ESRCH) return out;
    entries_.erase(found);
  }
  if (entries_.size() >= kKeptThreads) entries_.clear();
  found = entries_.emplace(thread, open(thread)).first;
  Copy out;
  out.process = found->second.process;
  out.fd = copy_descriptor(found->second.pidfd.get(), fd);
  return out;
}

}  // namespace pl::sandbox

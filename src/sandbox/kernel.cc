#include "sandbox/kernel.h"

#include <linux/audit.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

namespace pl::sandbox {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArch = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kForeignArch = AUDIT_ARCH_I386;
constexpr std::uint32_t kForeignSocketCalls[] = {102, 359};  // socketcall, socket
constexpr std::uint32_t kX32Bit = 0x40000000;
#elif defined(__aarch64__)
constexpr std::uint32_t kArch = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kForeignArch = AUDIT_ARCH_ARM;
constexpr std::uint32_t kForeignSocketCalls[] = {281, 281};  // socket
constexpr std::uint32_t kX32Bit = 0x80000000;
#else
#error "the sandbox knows the system calls of x86_64 and aarch64"
#endif

using Program = std::vector<sock_filter>;

void load(Program& program, std::size_t offset) {
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
}
void answer(Program& program, std::uint32_t what) { program.push_back(BPF_STMT(BPF_RET | BPF_K, what)); }
/// Skips `count` instructions unless the loaded value equals.
void unless_equal_skip(Program& program, std::uint32_t value, std::uint8_t count) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
}
void answer_if(Program& program, std::uint32_t value, std::uint32_t what) {
  unless_equal_skip(program, value, 1);
  answer(program, what);
}
constexpr std::size_t argument(int index) { return offsetof(seccomp_data, args) + 8 * static_cast<std::size_t>(index); }

/// A 32-bit program's calls are numbered otherwise: its sockets are refused, so that it cannot pass by.
void refuse_foreign(Program& program) {
  load(program, offsetof(seccomp_data, arch));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArch, 7, 0));
  unless_equal_skip(program, kForeignArch, 5);
  load(program, offsetof(seccomp_data, nr));
  answer_if(program, kForeignSocketCalls[0], SECCOMP_RET_ERRNO | ENOSYS);
  answer_if(program, kForeignSocketCalls[1], SECCOMP_RET_ERRNO | ENOSYS);
}

/// TCP fast open connects without connect(): refused, as on a system that lacks it; programs then connect.
void refuse_fast_open(Program& program, std::uint32_t call, int flags_argument) {
  unless_equal_skip(program, call, 4);
  load(program, argument(flags_argument));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MSG_FASTOPEN, 0, 1));
  answer(program, SECCOMP_RET_ERRNO | EOPNOTSUPP);
  answer(program, SECCOMP_RET_ALLOW);
}

/// socket(AF_INET or AF_INET6, SOCK_DGRAM): the supervisor makes it, bound to the loopback device.
void notify_datagram(Program& program) {
  unless_equal_skip(program, __NR_socket, 8);
  load(program, argument(0));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 1, 0));
  unless_equal_skip(program, AF_INET6, 4);
  load(program, argument(1));
  program.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf));
  unless_equal_skip(program, SOCK_DGRAM, 1);
  answer(program, SECCOMP_RET_USER_NOTIF);
  answer(program, SECCOMP_RET_ALLOW);
}

Program build(const FilterOptions& options) {
  Program program;
  refuse_foreign(program);
  answer(program, SECCOMP_RET_ALLOW);
  load(program, offsetof(seccomp_data, nr));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1));
  answer(program, SECCOMP_RET_ERRNO | ENOSYS);
  for (const int call : {__NR_connect, __NR_listen, __NR_bind, __NR_execve, __NR_execveat}) {
    answer_if(program, static_cast<std::uint32_t>(call), SECCOMP_RET_USER_NOTIF);
  }
  if (options.notify_exit) answer_if(program, __NR_exit_group, SECCOMP_RET_USER_NOTIF);
  answer_if(program, __NR_io_uring_setup, SECCOMP_RET_ERRNO | ENOSYS);
  notify_datagram(program);
  refuse_fast_open(program, __NR_sendto, 3);
  refuse_fast_open(program, __NR_sendmsg, 2);
  refuse_fast_open(program, __NR_sendmmsg, 3);
  answer(program, SECCOMP_RET_ALLOW);
  return program;
}

long set_filter(Program& program, unsigned long flags) {
  sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, &whole);
}

/// struct pidfd_info of linux/pidfd.h as of 6.15, and its ioctl.
struct PidfdInfo {
  std::uint64_t mask, cgroup;
  std::uint32_t ids[11];
  std::int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr unsigned long kPidfdGetInfo = _IOWR(0xFF, 11, PidfdInfo);
constexpr std::uint64_t kPidfdInfoExit = 1 << 3;

}  // namespace

Result<Installed> install_filter(const FilterOptions& options) {
  if (::geteuid() != 0 && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(errno, "no_new_privs");
  Program program = build(options);
  Installed installed;
  long fd = -1;
  errno = EINVAL;
  if (!options.older_kernel) fd = set_filter(program, kWaitKillable);
  installed.wait_killable = fd >= 0;
  if (fd < 0 && errno == EINVAL) fd = set_filter(program, 0);
  if (fd < 0 && errno == EACCES && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
    fd = set_filter(program, installed.wait_killable ? kWaitKillable : 0);
  }
  if (fd < 0 && errno == EBUSY) {
    return fail(Errc::unsupported,
                "the system calls of this process are intercepted already: proofload cannot run "
                "inside proofload, nor below another seccomp supervisor (EBUSY)");
  }
  if (fd < 0) {
    const int number = errno;
    Error error = fail_errno(number, "this system allows no seccomp filter with notification").error();
    error.code = Errc::unsupported;
    return std::unexpected(std::move(error));
  }
  installed.listener = os::Fd(static_cast<int>(fd));
  ::fcntl(installed.listener.get(), F_SETFD, FD_CLOEXEC);
  return installed;
}

bool pidfd_exit_code(int pidfd, int& wait_status) {
  PidfdInfo info{};
  info.mask = kPidfdInfoExit;
  if (::ioctl(pidfd, kPidfdGetInfo, &info) != 0 || (info.mask & kPidfdInfoExit) == 0) return false;
  wait_status = info.exit_code;
  return true;
}

bool kernel_tells_exits() {
  constexpr int kProbeStatus = 7;
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child == 0) ::_exit(kProbeStatus);
  const os::Fd pidfd = open_pidfd(child, 0);
  ::waitpid(child, nullptr, 0);
  int status = 0;
  return pidfd && pidfd_exit_code(pidfd.get(), status) && WIFEXITED(status) && WEXITSTATUS(status) == kProbeStatus;
}

os::Fd open_pidfd(pid_t pid, unsigned flags) { return os::Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, flags))); }

os::Fd copy_descriptor(int pidfd, int fd) { return os::Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, fd, 0))); }

std::string read_memory(pid_t pid, std::uint64_t address, std::size_t size) {
  std::string out(size, '\0');
  iovec here{out.data(), size};
  iovec there{reinterpret_cast<void*>(address), size};  // NOLINT: an address in another process.
  const ssize_t got = ::process_vm_readv(pid, &here, 1, &there, 1, 0);
  out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return out;
}

std::string read_text(pid_t pid, std::uint64_t address, std::size_t limit) {
  constexpr std::size_t kPage = 4096;  // Never across a page: the next one may not be mapped.
  std::string out;
  while (out.size() < limit) {
    const std::string part = read_memory(pid, address, std::min(kPage - address % kPage, limit - out.size()));
    const std::size_t end = part.find('\0');
    out.append(part, 0, end);
    if (part.empty() || end != std::string::npos) break;
    address += part.size();
  }
  return out;
}

}  // namespace pl::sandbox

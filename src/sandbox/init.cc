#include "sandbox/init.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "os/clock.h"
#include "os/process.h"
#include "sandbox/channel.h"
#include "sandbox/spawner.h"

namespace pl::sandbox {
namespace {

constexpr int kAnswerWithinMs = 5000;

/// A fork that also makes namespaces. Only for a process with one thread.
pid_t fork_into(unsigned long flags) {
  return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

unsigned long clone_flags(Isolation isolation) {
  if (isolation == Isolation::none) return 0;
  const unsigned long apart = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC;
  return isolation == Isolation::user_namespaces ? apart | CLONE_NEWUSER : apart;
}

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text << std::flush;
  return out.good();
}

/// Keeps the own user and group in a new user namespace (user_namespaces(7)).
bool map_ids(pid_t child) {
  const std::string folder = "/proc/" + std::to_string(child) + "/";
  const std::string uid = std::to_string(::geteuid()), gid = std::to_string(::getegid());
  write_file(folder + "setgroups", "deny");
  const bool user = write_file(folder + "uid_map", uid + " " + uid + " 1");
  return user && write_file(folder + "gid_map", gid + " " + gid + " 1");
}

Result<void> mount_own(bool& private_shm) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return fail_errno(errno, "private mounts");
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    return fail_errno(errno, "mounting /proc");
  }
  private_shm = ::mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") == 0;
  return {};
}

Json failure(const Error& error) {
  Json message = Json::object();
  message.set("error", error.message()).set("unsupported", error.code == Errc::unsupported);
  return message;
}

/// What the new process does; never returns.
[[noreturn]] void be_init(os::Fd channel, Isolation isolation, const FilterOptions& filter, bool report_reaped) {
  if (isolation == Isolation::none) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  } else {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  ::prctl(PR_SET_NAME, "proofload-init");
  for (Packet go; go.kind != Packet::Kind::message;) {
    go = receive_packet(channel.get(), true);
    if (go.kind == Packet::Kind::end) ::_exit(1);
  }
  Json ready = Json::object();
  if (isolation != Isolation::none) {
    bool private_shm = false;
    if (const auto mounted = mount_own(private_shm); !mounted) {
      (void)send_packet(channel.get(), failure(mounted.error()));
      ::_exit(1);
    }
    ready.set("private_shm", private_shm);
  }
  auto installed = install_filter(filter);
  if (!installed) {
    (void)send_packet(channel.get(), failure(installed.error()));
    ::_exit(1);
  }
  ready.set("wait_killable", installed->wait_killable);
  if (!send_packet(channel.get(), ready, {installed->listener.get()})) ::_exit(1);
  installed->listener.reset();
  spawn_and_reap(channel.get(), report_reaped);
  if (isolation == Isolation::none) kill_descendants(::getpid());
  ::_exit(0);
}

Result<Packet> await_ready(int channel) {
  pollfd ready{channel, POLLIN, 0};
  while (::poll(&ready, 1, kAnswerWithinMs) < 0 && errno == EINTR) {
  }
  Packet packet = receive_packet(channel, false);
  if (packet.kind != Packet::Kind::message) return fail(Errc::unsupported, "the sandbox's init does not answer");
  if (packet.message.has("error")) {
    const bool hopeless = packet.message["unsupported"].as_bool();
    return fail(hopeless ? Errc::unsupported : Errc::permission, packet.message["error"].as_string());
  }
  if (packet.fds.empty()) return fail(Errc::unsupported, "the sandbox's init sent no listener");
  return packet;
}

Result<Init> try_init(Isolation isolation, const FilterOptions& filter, bool report_reaped) {
  auto [ours, theirs] = PL_TRY(channel_pair());
  const pid_t pid = fork_into(clone_flags(isolation));
  if (pid < 0) return fail_errno(errno, "creating namespaces");
  if (pid == 0) {
    ours.reset();
    be_init(std::move(theirs), isolation, filter, report_reaped);
  }
  theirs.reset();
  const bool mapped = isolation != Isolation::user_namespaces || map_ids(pid);
  auto ready = [&]() -> Result<Packet> {
    if (!mapped) return fail(Errc::permission, "mapping the user into a user namespace");
    PL_TRY(send_packet(ours.get(), Json::object()));
    return await_ready(ours.get());
  }();
  if (!ready) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return std::unexpected(std::move(ready).error());
  }
  Init init;
  init.pid = pid;
  init.channel = std::move(ours);
  init.listener = std::move(ready->fds[0]);
  init.isolation = isolation;
  init.wait_killable = ready->message["wait_killable"].as_bool();
  init.private_shm = ready->message["private_shm"].as_bool();
  return init;
}

}  // namespace

Result<Init> start_init(const FilterOptions& filter, bool no_namespaces, bool report_reaped) {
  std::vector<std::string> limits;
  for (const Isolation isolation : {Isolation::namespaces, Isolation::user_namespaces, Isolation::none}) {
    if (isolation != Isolation::none && no_namespaces) continue;
    if (isolation == Isolation::namespaces && ::geteuid() != 0) continue;
    auto init = try_init(isolation, filter, report_reaped);
    if (init) {
      init->limits = std::move(limits);
      return init;
    }
    if (init.error().code == Errc::unsupported) return init;
    limits.push_back("no namespaces of its own (" + init.error().message() + ")");
  }
  return fail(Errc::unsupported, limits.empty() ? "no sandbox" : limits.back());
}

void kill_descendants(pid_t top) {
  constexpr int kTries = 400;
  for (int i = 0; i < kTries; ++i) {
    std::vector<pid_t> all = os::process_children(top);
    for (std::size_t next = 0; next < all.size(); ++next) {
      ::kill(all[next], SIGKILL);
      for (const pid_t child : os::process_children(all[next])) all.push_back(child);
    }
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (all.empty()) return;
    os::sleep_for(2 * kMs);
  }
}

}  // namespace pl::sandbox

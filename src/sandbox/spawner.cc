#include "sandbox/spawner.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "os/fd.h"
#include "sandbox/channel.h"
#include "sandbox/kernel.h"

extern char** environ;

namespace pl::sandbox {
namespace {

/// What a child tells when it could not become the command.
struct ExecFailure {
  int error = 0;
  char doing[24]{};
};

std::vector<char*> pointers(const Json& list) {
  std::vector<char*> out;
  for (const Json& item : list.items()) out.push_back(const_cast<char*>(item.as_string().c_str()));
  out.push_back(nullptr);
  return out;
}

/// The step that failed, or null when all was done.
const char* settle(const Json& request) {
  ::setsid();
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || ::dup2(nothing, 0) < 0) return "opening /dev/null";
  if (const std::string& output = request["output"].as_string(); !output.empty()) {
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0 || ::dup2(file, 1) < 0 || ::dup2(file, 2) < 0) return "opening its output";
  }
  const auto gid = static_cast<gid_t>(request["gid"].as_int(-1));
  const auto uid = static_cast<uid_t>(request["uid"].as_int(-1));
  if (gid != static_cast<gid_t>(-1) && (::setgroups(1, &gid) != 0 || ::setgid(gid) != 0)) return "becoming its group";
  if (uid != static_cast<uid_t>(-1) && ::setuid(uid) != 0) return "becoming its user";
  const std::string& folder = request["folder"].as_string();
  if (!folder.empty() && ::chdir(folder.c_str()) != 0) return "entering its folder";
  return nullptr;
}

void default_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(const Json& request, int go, int failure) {
  const char* failed = settle(request);
  ExecFailure told;
  told.error = errno;
  default_signals();
  ::syscall(SYS_close_range, 3U, ~0U, 1U << 2);  // CLOSE_RANGE_CLOEXEC
  char byte = 0;
  while (::read(go, &byte, 1) < 0 && errno == EINTR) {
  }
  if (failed == nullptr) {
    std::vector<char*> argv = pointers(request["argv"]);
    std::vector<char*> env = pointers(request["env"]);
    environ = env.data();
    ::execvp(argv[0], argv.data());
    told.error = errno;
    failed = "executing it";
  }
  std::strncpy(told.doing, failed, sizeof told.doing - 1);
  if (::write(failure, &told, sizeof told) < 0) ::_exit(126);
  ::_exit(127);
}

struct Pipe {
  os::Fd read, write;
  Pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    read = os::Fd(ends[0]);
    write = os::Fd(ends[1]);
  }
};

void answer_spawned(int channel, const Json& request, const ExecFailure& failed) {
  Json answer = Json::object();
  answer.set("op", "spawned").set("id", request["id"]).set("error", failed.error);
  answer.set("doing", std::string(failed.doing));
  (void)send_packet(channel, answer);
}

void spawn(int channel, const Json& request) {
  Pipe go, failure;
  ExecFailure failed;
  const pid_t child = go.read && failure.read ? ::fork() : -1;
  if (child < 0) {
    failed.error = errno;
    return answer_spawned(channel, request, failed);
  }
  if (child == 0) {
    ::close(go.write.release());
    become(request, go.read.get(), failure.write.get());
  }
  failure.write.reset();
  const os::Fd pidfd = open_pidfd(child, 0);
  Json forked = Json::object();
  forked.set("op", "forked").set("id", request["id"]).set("pid", child);
  (void)send_packet(channel, forked, {pidfd.get()});
  go.write.reset();
  ssize_t got = -1;
  do {
    got = ::read(failure.read.get(), &failed, sizeof failed);
  } while (got < 0 && errno == EINTR);
  answer_spawned(channel, request, got == static_cast<ssize_t>(sizeof failed) ? failed : ExecFailure{});
}

void reap(int channel, bool report) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (!report) continue;
    Json message = Json::object();
    message.set("op", "reaped").set("pid", pid).set("status", status);
    (void)send_packet(channel, message);
  }
}

os::Fd child_signals() {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, nullptr);
  return os::Fd(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

void spawn_and_reap(int channel, bool report_reaped) {
  const os::Fd signals = child_signals();
  for (;;) {
    pollfd ready[2] = {{channel, POLLIN, 0}, {signals.get(), POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) return;
    signalfd_siginfo info;
    while (::read(signals.get(), &info, sizeof info) > 0) {
    }
    reap(channel, report_reaped);
    const Packet packet = receive_packet(channel, false);
    if (packet.kind == Packet::Kind::end) return;
    if (packet.kind == Packet::Kind::message && packet.message["op"].as_string() == "spawn") {
      spawn(channel, packet.message);
    }
  }
}

}  // namespace pl::sandbox

#include "os/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "base/limits.h"
#include "os/signals.h"

extern char** environ;

namespace pl::os {
namespace {

std::string path_of(pid_t pid, const char* name) { return "/proc/" + std::to_string(pid) + "/" + name; }

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

/// Attributes and file actions of a posix_spawn, freed at the end of the scope.
struct SpawnSettings {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  SpawnSettings() {
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
  }
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

}  // namespace

std::string process_file(pid_t pid, const char* name, std::size_t limit) {
  const Fd file(::open(path_of(pid, name).c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char room[4096];
  while (file && text.size() < limit) {
    const ssize_t got = ::read(file.get(), room, sizeof room);
    if (got <= 0) break;
    text.append(room, static_cast<std::size_t>(got));
  }
  return text;
}

pid_t own_process() { return ::getpid(); }

std::optional<ProcessStat> process_stat(pid_t pid) {
  const std::string text = process_file(pid, "stat");
  const std::size_t name_end = text.rfind(')');  // The name may hold spaces and parentheses.
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream in(text.substr(name_end + 1));
  std::vector<std::string> fields{"pid", "comm"};
  for (std::string field; in >> field;) fields.push_back(field);
  if (fields.size() < 52) return std::nullopt;
  const auto number = [&](std::size_t index) { return std::strtoull(fields[index - 1].c_str(), nullptr, 10); };
  ProcessStat stat;
  stat.state = fields[2][0];
  stat.parent = static_cast<pid_t>(number(4));
  const std::uint64_t ticks = number(14) + number(15) + number(16) + number(17);
  stat.processor = static_cast<Ns>(ticks) * (kSec / ::sysconf(_SC_CLK_TCK));
  stat.start_time = number(22);
  stat.stack = number(28);
  stat.exit_code = static_cast<int>(number(52));
  return stat;
}

std::string process_link(pid_t pid, const char* name) {
  char room[4096];
  const ssize_t got = ::readlink(path_of(pid, name).c_str(), room, sizeof room);
  return got > 0 ? std::string(room, static_cast<std::size_t>(got)) : std::string();
}

std::vector<std::string> process_arguments(pid_t pid) {
  const std::string text = process_file(pid, "cmdline");
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size() && out.size() < limits::kExecStrings;) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

long process_status_number(pid_t id, const char* label) {
  const std::string text = "\n" + process_file(id, "status");
  const std::size_t at = text.find("\n" + std::string(label) + ":");
  if (at == std::string::npos) return -1;
  const std::size_t end = text.find('\n', at + 1);
  const std::string line = text.substr(at + 1, end == std::string::npos ? end : end - at - 1);
  const std::size_t last = line.find_last_of(" \t");
  return last == std::string::npos ? -1 : std::strtol(line.c_str() + last + 1, nullptr, 10);
}

std::vector<pid_t> process_children(pid_t pid) {
  std::vector<pid_t> out;
  DIR* folder = ::opendir(path_of(pid, "task").c_str());
  if (folder == nullptr) return out;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    std::istringstream in(process_file(pid, ("task/" + std::string(entry->d_name) + "/children").c_str()));
    for (pid_t child = 0; in >> child;) out.push_back(child);
  }
  ::closedir(folder);
  return out;
}

Result<pid_t> start_process(const std::string& exe, const std::vector<std::string>& argv, const std::vector<int>& fds) {
  SpawnSettings settings;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&settings.attributes, &none);
  posix_spawnattr_setsigdefault(&settings.attributes, &all);
  posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  constexpr int kOutOfTheWay = 64;  // Copies, so that no target number overwrites a source still needed.
  std::vector<Fd> copies;
  for (std::size_t i = 0; i < fds.size(); ++i) {
    copies.emplace_back(::fcntl(fds[i], F_DUPFD_CLOEXEC, kOutOfTheWay));
    if (!copies.back()) return fail_errno(errno, "copying a descriptor for " + exe);
    posix_spawn_file_actions_adddup2(&settings.actions, copies.back().get(), 3 + static_cast<int>(i));
  }
  pid_t pid = -1;
  const std::vector<char*> arguments = pointers(argv);
  const int error =
      ::posix_spawn(&pid, exe.c_str(), &settings.actions, &settings.attributes, arguments.data(), environ);
  if (error != 0) return fail_errno(error, "starting " + exe);
  return pid;
}

Result<int> wait_process(pid_t pid, Ns most) {
  constexpr Ns kLook = 50 * kMs;
  const Fd watched(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!watched) return fail_errno(errno, "pidfd_open");
  pollfd end{watched.get(), POLLIN, 0};
  bool ended = false;
  for (Ns waited = 0; !ended && waited < most && !stop_requested(); waited += kLook) {
    ended = ::poll(&end, 1, static_cast<int>(kLook / kMs)) > 0;
  }
  if (!ended) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended && stop_requested()) return fail(Errc::interrupted, "stopped by the user");
  if (!ended) return fail(Errc::timeout, fmt::format("not done within {:.0f} s", seconds(most)));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace pl::os

#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

/// Processes as /proc shows them (proc(5)), and starting one.
namespace pl::os {

/// Fields of /proc/PID/stat.
struct ProcessStat {
  char state = '?';  ///< R, S, D, T, Z, ...
  pid_t parent = 0;
  Ns processor = 0;              ///< User and system time, reaped children included.
  std::uint64_t start_time = 0;  ///< Clock ticks since the machine started: with the id it names a process for good.
  std::uint64_t stack = 0;       ///< Address of its stack's start: another one after every execve. 0 where hidden.
  int exit_code = 0;             ///< As wait(2) gives it, only of a zombie.
};
/// The id of this process.
pid_t own_process();
/// Nothing where there is no such process.
std::optional<ProcessStat> process_stat(pid_t pid);
/// Target of /proc/PID/NAME ("exe", "cwd"); empty where it cannot be read.
std::string process_link(pid_t pid, const char* name);
/// Content of /proc/PID/NAME, at most `limit` bytes; empty where it cannot be read.
std::string process_file(pid_t pid, const char* name, std::size_t limit = 64 << 10);
/// The arguments in /proc/PID/cmdline.
std::vector<std::string> process_arguments(pid_t pid);
/// A number of /proc/ID/status by its label ("Tgid"), -1 where there is none. With several numbers: the last.
long process_status_number(pid_t id, const char* label);
/// Children by /proc/PID/task/*/children.
std::vector<pid_t> process_children(pid_t pid);

/// Starts a program in a session of its own with descriptors of this process as its descriptors 3, 4, ...; all others
/// but 0 to 2 must be close-on-exec. Safe in a process with threads.
Result<pid_t> start_process(const std::string& exe, const std::vector<std::string>& argv, const std::vector<int>& fds);

/// Waits until a child ends: its exit status, 128 and the signal where it was ended by one. Errc::timeout after `most`,
/// and Errc::interrupted once a stop is asked for: then it is killed, with the session that start_process gave it.
Result<int> wait_process(pid_t pid, Ns most);

}  // namespace pl::os

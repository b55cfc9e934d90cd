#pragma once
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "os/clock.h"
#include "sandbox/services/service.h"

/// A real service in a test, started as the supervisor would start it but without the sandbox.
namespace pl::sandbox {

inline std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

/// A process group of its own that ends with the object.
class Running {
 public:
  explicit Running(const PreparedService& service) {
    auto argv = pointers(service.argv);
    auto env = pointers(service.env);
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::setpgid(0, 0);
    const int log = ::open((service.folder + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(log, 1);
    ::dup2(log, 2);
    const bool lowered =
        service.uid < 0 || (::setgroups(0, nullptr) == 0 && ::setgid(service.gid) == 0 && ::setuid(service.uid) == 0);
    if (lowered && ::chdir(service.folder.c_str()) == 0) ::execve(argv[0], argv.data(), env.data());
    ::_exit(127);
  }
  ~Running() { kill(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  void kill() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

/// A minute only guards against a test that hangs: initdb takes about 2 s here.
inline bool serves(const PreparedService& service) {
  const os::RealClock clock;
  while (clock.now() < 60 * kSec) {
    if (service.accepts(clock)) return true;
    os::sleep_for(50 * kMs);
  }
  return false;
}

}  // namespace pl::sandbox

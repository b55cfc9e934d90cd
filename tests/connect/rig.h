#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/handoff.h"
#include "os/clock.h"
#include "os/fd.h"
#include "record/kinds.h"
#include "sandbox/sandbox.h"

/// What the tests of the sandbox stand on: a small relay, a sandbox with a recorded log, and a folder that goes away.
namespace pl::test {

/// Accepts, finds the upstream by source address and copies bytes both ways. One thread, poll(2).
class SpliceRelay {
 public:
  SpliceRelay();
  ~SpliceRelay();
  Endpoint at4, at6;
  os::Fd supervisor_end;
  std::atomic<int> spliced{0}, refused{0}, undecided{0};

 private:
  struct Pair {
    os::Fd program, upstream;
    bool program_ended = false, upstream_ended = false;
  };
  void run();
  void accept_from(int listener);
  void take_handoffs();
  void marry();
  static bool copy(os::Fd& from, os::Fd& to, bool& ended);
  os::Fd listener4_, listener6_, handoffs_, wake_, wake_write_;
  std::vector<std::pair<Endpoint, os::Fd>> parked_, claimed_;
  std::vector<Pair> pairs_;
  std::thread thread_;
};

/// A folder under /tmp, open to everybody, removed with the object.
struct Folder {
  Folder();
  ~Folder();
  std::string path;
};

/// Settings of a Rig beside the sandbox's defaults.
struct RigOptions {
  bool older_kernel = false, no_namespaces = false, observe_only = false;
  std::vector<std::string> allowed;
};

/// A sandbox with relay and log.
struct Rig {
  explicit Rig(const RigOptions& options = {});
  /// Starts a command with this process's environment. `output` is a file, "-" this process's own.
  pid_t start(const std::vector<std::string>& argv, const std::string& output = {});
  /// Runs a command to its end (at most 60 s) and gives its exit status, 128 + signal, or -1.
  int run(const std::vector<std::string>& argv);
  /// All that the last run() wrote.
  std::string said() const;
  bool await_end(pid_t pid, Ns longest = 60 * kSec) const;
  std::vector<record::Observation> seen(std::string_view kind) const;
  template <class Kind>
  std::vector<Kind> all() const {
    std::vector<Kind> out;
    for (const auto& each : seen(Kind::kName)) out.push_back(record::decode<Kind>(each.payload));
    return out;
  }
  /// Root of the component that listens at the port, 0 after 20 s without.
  pid_t listener(int port) const;

  Folder folder;
  os::RealClock clock;
  SpliceRelay relay;
  mutable std::mutex mutex;
  std::vector<record::Observation> log;
  std::unique_ptr<sandbox::Sandbox> sandbox;
};

/// A port on which nothing listens now.
int free_port();
/// A port that refuses connections as long as this lives, by either family: it is taken, and nobody listens.
class ClosedPort {
 public:
  ClosedPort();
  int port = 0;

 private:
  os::Fd taken4_, taken6_;
};
/// A file's lines.
std::vector<std::string> lines_of(const std::string& path);
/// This process's environment.
std::vector<std::string> environment();
/// Folder with the programs that the build made, and the one with their sources.
std::string built(const std::string& name);
std::string source(const std::string& name);

}  // namespace pl::test

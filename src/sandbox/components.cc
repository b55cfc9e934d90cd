#include "sandbox/components.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "os/process.h"

namespace pl::sandbox {
namespace {

constexpr Ns kKillWithin = 3 * kSec;
constexpr int kMostPasses = 20;  ///< Of freezing: each finds only what was forked during the one before.

}  // namespace

std::set<std::string> mapped_shm(pid_t process) {
  constexpr std::size_t kMapsBytes = 4 << 20;
  std::set<std::string> out;
  std::istringstream maps(os::process_file(process, "maps", kMapsBytes));
  for (std::string line; std::getline(maps, line);) {
    const std::size_t at = line.find("/dev/shm/");
    if (at != std::string::npos && !line.ends_with(" (deleted)")) out.insert(line.substr(at));
  }
  return out;
}

void Components::freeze(pid_t root) {
  ::kill(root, SIGSTOP);
  std::set<pid_t> stopped{root};
  int quiet = 0;  // Twice nothing new: /proc may leave out a child while its sibling ends.
  for (int pass = 0; pass < kMostPasses && quiet < 2; ++pass) {
    bool none_new = true;
    for (const pid_t process : tree_.component(root)) {
      if (!stopped.insert(process).second) continue;
      none_new = false;
      ::kill(process, SIGSTOP);
    }
    quiet = none_new ? quiet + 1 : 0;
  }
}

void Components::thaw(pid_t root) {
  std::vector<pid_t> all = tree_.component(root);
  for (auto process = all.rbegin(); process != all.rend(); ++process) ::kill(*process, SIGCONT);
}

void Components::kill(const Json& call, pid_t root) {
  freeze(root);
  Kill kill{call, {}, outbox_.clock().now() + kKillWithin, {}};
  const std::vector<pid_t> all = tree_.component(root);
  for (const pid_t process : all) {
    if (sweep_shm_) kill.shm.merge(mapped_shm(process));
    tree_.note_ours(process);
    kill.left.insert(process);
  }
  for (const pid_t process : all) ::kill(process, SIGKILL);
  kills_.push_back(std::move(kill));
}

void Components::terminate(pid_t root) {
  tree_.note_ours(root);
  ::kill(root, SIGTERM);
}

/// Dead and reaped, or dead and left to a parent of the application's own that has not waited for it yet.
bool Components::gone(pid_t process) const {
  const auto stat = os::process_stat(process);
  return !stat || (stat->state == 'Z' && stat->parent != tree_.init());
}

void Components::tick() {
  for (auto each = kills_.begin(); each != kills_.end();) {
    std::erase_if(each->left, [&](pid_t process) { return gone(process); });
    const bool late = outbox_.clock().now() > each->deadline;
    if (!each->left.empty() && !late) {
      ++each;
      continue;
    }
    for (const std::string& path : each->shm) ::unlink(path.c_str());
    outbox_.answer(each->call, late ? std::to_string(each->left.size()) + " processes did not end" : "");
    each = kills_.erase(each);
  }
}

}  // namespace pl::sandbox

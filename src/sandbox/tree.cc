#include "sandbox/tree.h"

#include <dirent.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/limits.h"
#include "os/net.h"
#include "os/process.h"
#include "sandbox/kernel.h"
#include "sandbox/redact.h"

namespace pl::sandbox {
namespace {

constexpr int kDeepest = 64;      ///< Levels of ancestors that are looked at.
constexpr Ns kExecWithin = kSec;  ///< An exec that is not seen by then has failed.

bool holds_socket(pid_t process, std::uint64_t inode) {
  const std::string folder = "/proc/" + std::to_string(process) + "/fd";
  const std::string wanted = "socket:[" + std::to_string(inode) + "]";
  DIR* entries = ::opendir(folder.c_str());
  if (entries == nullptr) return false;
  bool found = false;
  while (const dirent* entry = found ? nullptr : ::readdir(entries)) {
    found = os::process_link(process, ("fd/" + std::string(entry->d_name)).c_str()) == wanted;
  }
  ::closedir(entries);
  return found;
}

}  // namespace

Tree::Known* Tree::watched(pid_t process) {
  if (const auto found = known_.find(process); found != known_.end()) return &found->second;
  if (known_.size() >= limits::kTreeProcesses) return nullptr;
  Known known;
  known.pidfd = open_pidfd(process, 0);
  if (!known.pidfd) return nullptr;
  known.inner_pid = static_cast<pid_t>(os::process_status_number(process, "NSpid"));
  Known* kept = &known_.emplace(process, std::move(known)).first->second;
  watch_(process, kept->pidfd.get());
  return kept;
}

void Tree::spawned(pid_t pid, const std::string& provided) {
  if (Known* known = watched(pid)) known->provided = provided;
}

void Tree::executes(pid_t process, Exec exec) {
  confirm(process);
  if (watched(process) == nullptr) return;
  const auto stat = os::process_stat(process);
  exec.folder = os::process_link(process, "cwd");
  exec.parent = stat ? stat->parent : 0;
  exec.uid = os::process_status_number(process, "Uid");
  under_way_[process] = {std::move(exec), stat ? stat->stack : 0, os::process_link(process, "exe"),
                         outbox_.clock().now()};
}

bool Tree::happened(pid_t process, const UnderWay& under_way) const {
  const auto stat = os::process_stat(process);
  if (!stat || stat->state == 'Z') return true;  // Ended already: what it executed was there to be executed.
  if (stat->stack != 0 && under_way.stack != 0) return stat->stack != under_way.stack;
  return os::process_link(process, "exe") != under_way.exe || os::process_arguments(process) == under_way.exec.argv;
}

void Tree::confirm(pid_t process) {
  for (auto each = under_way_.begin(); each != under_way_.end();) {
    const bool asked = process == 0 || each->first == process;
    const bool seen = asked && happened(each->first, each->second);
    const auto known = known_.find(each->first);
    if (seen && known != known_.end()) {
      const std::string exe = os::process_link(each->first, "exe");
      start(each->first, known->second, each->second.exec, exe.empty() ? each->second.exec.path : exe);
    }
    const bool late = outbox_.clock().now() - each->second.since > kExecWithin;
    each = seen || late ? under_way_.erase(each) : std::next(each);
  }
}

void Tree::start(pid_t process, Known& known, const Exec& exec, const std::string& exe) {
  known.started = true;
  known.exe = exe;
  known.argv = exec.argv;
  if (newest_by_exe_.size() < limits::kTreeProcesses) newest_by_exe_[exe] = exec;
  record::ProcessStarted started;
  started.pid = process;
  const auto stat = os::process_stat(process);
  started.parent = stat ? stat->parent : exec.parent;
  started.exe = exe;
  started.argv = redact_all(exec.argv);
  const std::string folder = os::process_link(process, "cwd");
  started.folder = folder.empty() ? exec.folder : folder;
  const long uid = os::process_status_number(process, "Uid");
  started.uid = uid >= 0 ? uid : exec.uid;
  started.provided = known.provided;
  outbox_.see(started);
}

void Tree::know(pid_t process) {
  confirm(process);
  Known* known = watched(process);
  if (known == nullptr || known->started) return;
  confirm();
  if (known->started || executed(process) != process) return;
  const std::string exe = os::process_link(process, "exe");
  const auto newest = newest_by_exe_.find(exe);
  const bool found = newest != newest_by_exe_.end();
  start(process, *known, found ? newest->second : Exec{exe, os::process_arguments(process)}, exe);
}

pid_t Tree::executed(pid_t process) const {
  const auto started = [&](pid_t each) {
    const auto known = known_.find(each);
    return known != known_.end() && known->second.started;
  };
  if (started(process)) return process;
  const std::vector<pid_t> above = ancestors(process);
  const auto found = std::find_if(above.begin(), above.end(), started);
  return found == above.end() ? process : *found;
}

void Tree::listens(pid_t process, const Endpoint& at, std::uint64_t inode) {
  know(process);
  process = executed(process);
  roots_.insert(process);
  owners_.clear();
  const auto known = known_.find(process);
  if (known != known_.end()) {
    auto& all = known->second.listening;
    const auto same = [&](const Listening& each) { return each.at == at && each.inode == inode; };
    if (std::any_of(all.begin(), all.end(), same)) return;
    all.push_back({at, inode});
  }
  outbox_.see(record::ListenerSeen{process, os::address_text(at), at.port});
}

void Tree::mark_root(pid_t process) {
  know(process);
  roots_.insert(process);
  owners_.clear();
}

void Tree::note_reaped(pid_t inner_pid, int wait_status) {
  if (reaped_.size() >= limits::kTreeProcesses) reaped_.clear();
  reaped_[inner_pid] = wait_status;
}

void Tree::note_ours(pid_t process) {
  if (Known* known = watched(process)) known->ours = true;
}

std::optional<int> Tree::wait_status_of(pid_t process, const Known& known, bool last) {
  int status = 0;
  if (pidfd_exit_code(known.pidfd.get(), status)) return status;
  const auto stat = os::process_stat(process);
  // What may not be looked into shows 0 here: a 0 is believed only when nothing better comes.
  if (stat && stat->state == 'Z' && (stat->exit_code != 0 || last)) return stat->exit_code;
  if (pidfd_exit_code(known.pidfd.get(), status)) return status;  // Reaped between the two looks.
  if (const auto found = reaped_.find(known.inner_pid); found != reaped_.end()) return found->second;
  if (const auto found = exit_statuses_.find(process); found != exit_statuses_.end()) return found->second;
  return std::nullopt;
}

bool Tree::ended(pid_t process, bool last) {
  confirm(process);
  const auto found = known_.find(process);
  if (found == known_.end()) return true;
  const std::optional<int> status = wait_status_of(process, found->second, last);
  if (found->second.started && !status && !last) return false;
  const auto node = known_.extract(found);
  const Known& known = node.mapped();
  const bool was_root = roots_.erase(process) > 0;
  owners_.clear();
  if (known.started) {
    record::ProcessEnded ended;
    ended.pid = process;
    ended.ours = known.ours;
    if (status) {
      ended.status = WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
      ended.signal = WIFSIGNALED(*status) ? WTERMSIG(*status) : 0;
    }
    outbox_.see(ended);
  }
  exit_statuses_.erase(process);
  reaped_.erase(known.inner_pid);
  if (was_root) pass_on(known);
  return true;
}

void Tree::stop_watching(pid_t process, int epoll) const {
  const auto known = known_.find(process);
  if (known != known_.end()) ::epoll_ctl(epoll, EPOLL_CTL_DEL, known->second.pidfd.get(), nullptr);
}

/// A daemon that listens first and forks then (nginx), or a master that dies before its workers: the orphan that holds
/// the listening socket is the component's root from now on.
void Tree::pass_on(const Known& dead) {
  for (const Listening& each : dead.listening) {
    for (const pid_t orphan : os::process_children(init_)) {
      const auto known = known_.find(orphan);
      const bool dying = known != known_.end() && known->second.ours;
      if (dying || !holds_socket(orphan, each.inode)) continue;
      listens(orphan, each.at, each.inode);
      break;
    }
  }
}

std::vector<pid_t> Tree::ancestors(pid_t process) const {
  std::vector<pid_t> out;
  for (int depth = 0; depth < kDeepest; ++depth) {
    const auto stat = os::process_stat(process);
    if (!stat || stat->parent <= 1 || stat->parent == init_ || stat->parent == ::getpid()) break;
    process = stat->parent;
    out.push_back(process);
  }
  return out;
}

pid_t Tree::owner_of(pid_t process) {
  if (const auto cached = owners_.find(process); cached != owners_.end()) return cached->second;
  pid_t owner = roots_.contains(process) ? process : 0;
  for (const pid_t above : owner == 0 ? ancestors(process) : std::vector<pid_t>()) {
    if (!roots_.contains(above)) continue;
    owner = above;
    break;
  }
  if (is_known(process)) owners_[process] = owner;  // The end of what is unknown would go unnoticed.
  return owner;
}

bool Tree::belongs(pid_t process, pid_t owner) const {
  if (process == owner) return true;
  if (roots_.contains(process)) return false;
  for (const pid_t above : ancestors(process)) {
    if (above == owner) return true;
    if (roots_.contains(above)) return false;
  }
  return false;
}

std::vector<pid_t> Tree::component(pid_t root) const {
  std::vector<pid_t> out{root};
  for (std::size_t next = 0; next < out.size() && out.size() < limits::kTreeProcesses; ++next) {
    for (const pid_t child : os::process_children(out[next])) {
      if (!roots_.contains(child)) out.push_back(child);
    }
  }
  return out;
}

std::string Tree::program_of(pid_t process) const {
  const auto known = known_.find(process);
  const std::string exe =
      known != known_.end() && !known->second.exe.empty() ? known->second.exe : os::process_link(process, "exe");
  return exe.substr(exe.rfind('/') + 1);
}

}  // namespace pl::sandbox

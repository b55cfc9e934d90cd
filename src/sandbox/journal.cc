#include "sandbox/journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "os/process.h"

namespace pl::sandbox {
namespace {

constexpr std::string_view kFolderPrefix = "proofload-";

std::string journal_folder() { return "/tmp/proofload-" + std::to_string(::geteuid()); }

/// The user's own folder, made where it is missing; a link or somebody else's folder is refused.
Result<std::string> own_folder() {
  const std::string folder = journal_folder();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(errno, "mkdir " + folder);
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) return fail_errno(errno, "lstat " + folder);
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) {
    return fail(Errc::permission, folder + " must be a folder of this user's own");
  }
  return folder;
}

bool same_process(pid_t pid, std::uint64_t start_time) {
  const auto stat = os::process_stat(pid);
  return stat && stat->start_time == start_time && stat->state != 'Z';
}

bool removable(const std::filesystem::path& folder) {
  return folder.is_absolute() && folder.filename().string().starts_with(kFolderPrefix);
}

/// "PID-START.journal" names its writer.
bool writer_lives(const std::string& name) {
  std::istringstream in(name);
  pid_t pid = 0;
  char dash = 0;
  std::uint64_t start = 0;
  return in >> pid >> dash >> start && same_process(pid, start);
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open() {
  const std::string folder = PL_TRY(own_folder());
  const auto stat = os::process_stat(::getpid());
  if (!stat) return fail(Errc::unsupported, "/proc is not mounted");
  std::unique_ptr<Journal> journal(new Journal);
  const std::string stem = folder + "/" + std::to_string(::getpid()) + "-" + std::to_string(stat->start_time);
  for (int copy = 0; copy < 100 && journal->fd_ < 0; ++copy) {  // One process may hold several, in tests.
    journal->path_ = stem + (copy == 0 ? "" : "-" + std::to_string(copy)) + ".journal";
    journal->fd_ = ::open(journal->path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }
  if (journal->fd_ < 0) return fail_errno(errno, "open " + journal->path_);
  return journal;
}

Journal::~Journal() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(path_.c_str());
}

Result<void> Journal::append(const std::string& line) {
  const std::lock_guard lock(mutex_);
  const std::string text = line + "\n";
  if (::write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return fail_errno(errno, "write " + path_);
  }
  return {};
}

Result<void> Journal::add_folder(const std::string& path) {
  if (!removable(path) || path.find('\n') != std::string::npos) {
    return fail(Errc::usage, "a folder to remove must be absolute and named proofload-...: " + path);
  }
  return append("folder " + path);
}

void Journal::forget_folder(const std::string& path) { (void)append("kept " + path); }

Result<void> Journal::add_process(pid_t pid) {
  const auto stat = os::process_stat(pid);
  if (!stat) return {};
  return append("process " + std::to_string(pid) + " " + std::to_string(stat->start_time));
}

Leftovers sweep_journal(const std::string& path) {
  Leftovers done;
  std::vector<std::string> folders;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "process") {
      pid_t pid = 0;
      std::uint64_t start = 0;
      words >> pid >> start;
      if (pid > 1 && pid != ::getpid() && same_process(pid, start) && ::kill(pid, SIGKILL) == 0) ++done.processes;
    } else if (word == "folder" && line.size() > 7) {
      folders.push_back(line.substr(7));
    } else if (word == "kept" && line.size() > 5) {
      std::erase(folders, line.substr(5));
    }
  }
  for (const std::string& folder : folders) {
    std::error_code error;
    if (removable(folder) && std::filesystem::remove_all(folder, error) > 0 && !error) ++done.folders;
  }
  ::unlink(path.c_str());
  return done;
}

Leftovers clean_leftovers() {
  Leftovers done;
  const auto folder = own_folder();
  if (!folder) return done;
  std::vector<std::string> dead;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(*folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".journal") && !writer_lives(name)) dead.push_back(entry.path().string());
  }
  for (const std::string& path : dead) {
    const Leftovers one = sweep_journal(path);
    done.runs += 1;
    done.processes += one.processes;
    done.folders += one.folders;
  }
  return done;
}

}  // namespace pl::sandbox

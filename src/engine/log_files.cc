#include "engine/log_files.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "os/file.h"
#include "os/folder.h"
#include "os/process.h"

namespace pl::engine {
namespace {

constexpr std::size_t kFiles = 64;             ///< That are looked at.
constexpr std::size_t kFileBytes = 64u << 20;  ///< A larger file is not read.
constexpr std::string_view kStores[] = {"postgres", "mysql", "redis", "memcached", "mongodb", "amqp"};

/// Roots of components that keep data for others.
std::set<std::int64_t> stores(const facts::Facts& facts) {
  std::set<std::int64_t> roots;
  for (const facts::Edge& edge : facts.topology.edges) {
    if (edge.to < 0 || std::ranges::find(kStores, edge.protocol) == std::end(kStores)) continue;
    roots.insert(facts.topology.components[static_cast<std::size_t>(edge.to)].root);
  }
  return roots;
}

/// Open to write or to append, not to read: `flags:` of /proc/PID/fdinfo, octal.
bool only_written(pid_t pid, const std::string& descriptor) {
  const std::string info = os::process_file(pid, ("fdinfo/" + descriptor).c_str());
  const std::size_t at = info.find("flags:");
  const std::size_t digits = at == info.npos ? at : info.find_first_of("01234567", at);
  if (digits == info.npos) return false;
  int flags = 0;
  std::from_chars(info.data() + digits, info.data() + info.size(), flags, 8);
  return (flags & O_ACCMODE) == O_WRONLY || ((flags & O_ACCMODE) == O_RDWR && (flags & O_APPEND) != 0);
}

std::size_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? kFileBytes : static_cast<std::size_t>(size);
}

}  // namespace

std::map<std::string, std::size_t> log_files(Run& run) {
  std::map<std::string, std::size_t> files;
  const std::set<std::int64_t> kept = stores(run.look());
  const std::string own = run.folder->file(kApplicationLog);
  for (const pid_t root : run.sandbox->roots()) {
    if (kept.contains(root)) continue;
    for (const pid_t pid : run.sandbox->tree(root)) {
      const auto descriptors = os::list_folder("/proc/" + std::to_string(pid) + "/fd");
      if (!descriptors) continue;
      for (const os::FolderEntry& entry : *descriptors) {
        const std::string path = os::process_link(pid, ("fd/" + entry.name).c_str());
        const bool file = path.starts_with('/') && !path.starts_with("/dev/") && !path.starts_with("/proc/");
        if (!file || path == own || path.ends_with(" (deleted)") || files.contains(path)) continue;
        if (files.size() < kFiles && only_written(pid, entry.name)) files[path] = size_of(path);
      }
    }
  }
  return files;
}

std::string written_since(const std::map<std::string, std::size_t>& before) {
  std::string out;
  for (const auto& [path, size] : before) {
    const auto text = os::read_file(path, kFileBytes);
    if (text && text->size() > size) out += text->substr(size);
  }
  return out;
}

}  // namespace pl::engine

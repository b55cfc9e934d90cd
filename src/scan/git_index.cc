#include "scan/git_index.h"

#include <algorithm>
#include <cstdint>

#include "base/limits.h"
#include "os/file.h"
#include "os/folder.h"

namespace pl::scan {
namespace {

constexpr std::size_t kHeader = 12, kFixed = 62;  ///< Bytes of the header, and of an entry before its path.
constexpr std::size_t kIndexBytes = 64 << 20;

std::uint32_t number_at(std::string_view bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

/// The number of bytes to drop from the path before, as version 4 writes it.
bool read_varint(std::string_view bytes, std::size_t& at, std::size_t& value) {
  if (at >= bytes.size()) return false;
  auto byte = static_cast<unsigned char>(bytes[at++]);
  value = byte & 0x7f;
  while (byte & 0x80) {
    if (at >= bytes.size() || value > kIndexBytes) return false;
    byte = static_cast<unsigned char>(bytes[at++]);
    value = (value + 1) << 7 | (byte & 0x7f);
  }
  return true;
}

/// Moves past one entry and replaces `path` by its path; false where it is damaged.
bool read_entry(std::string_view bytes, std::uint32_t version, std::size_t& at, std::string& path) {
  if (at + kFixed > bytes.size()) return false;
  const bool extended = version >= 3 && (number_at(bytes, at + 60, 2) & 0x4000) != 0;
  std::size_t name = at + kFixed + (extended ? 2 : 0), kept = 0;
  if (version == 4) {
    std::size_t drop = 0;
    if (!read_varint(bytes, name, drop) || drop > path.size()) return false;
    kept = path.size() - drop;
  }
  const std::size_t end = bytes.find('\0', name);
  if (end == std::string_view::npos) return false;
  path = path.substr(0, kept) + std::string(bytes.substr(name, end - name));
  // Entries of versions 2 and 3 are padded with 1 to 8 zero bytes to a multiple of eight.
  at = version == 4 ? end + 1 : at + ((end - at) / 8 + 1) * 8;
  return true;
}

}  // namespace

std::optional<std::set<std::string>> read_git_index(std::string_view bytes) {
  if (bytes.size() < kHeader || !bytes.starts_with("DIRC")) return std::nullopt;
  const std::uint32_t version = number_at(bytes, 4, 4), count = number_at(bytes, 8, 4);
  if (version < 2 || version > 4) return std::nullopt;
  std::set<std::string> paths;
  std::string path;
  std::size_t at = kHeader;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!read_entry(bytes, version, at, path)) return std::nullopt;
    paths.insert(path);
  }
  return paths;
}

GitTracked::GitTracked(const std::string& folder) {
  std::string root = folder;
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  for (int level = 0; level < limits::kFolderDepth; ++level) {
    std::string git = root + "/.git";
    if (os::file_exists(git)) {
      // A worktree's .git is a file that names the folder.
      if (auto text = os::read_file(git, limits::kSecretFileBytes); text && text->starts_with("gitdir: ")) {
        git = text->substr(8, text->find('\n') - 8);
        if (!git.starts_with('/')) git = root + "/" + git;
      }
      if (const auto index = os::read_file(git + "/index", kIndexBytes)) paths_ = read_git_index(*index);
      return;
    }
    const std::size_t slash = root.rfind('/');
    if (slash == std::string::npos || root.size() <= 1) return;
    prefix_ = root.substr(slash + 1) + "/" + prefix_;
    root.resize(std::max<std::size_t>(slash, 1));
  }
}

std::string GitTracked::of(const std::string& path) const {
  if (!paths_) return "no repository";
  return paths_->contains(prefix_ + path) ? "tracked" : "not tracked";
}

}  // namespace pl::scan

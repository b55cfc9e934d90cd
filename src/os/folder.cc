#include "os/folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace pl::os {

Result<std::vector<FolderEntry>> list_folder(const std::string& path) {
  std::vector<FolderEntry> out;
  std::error_code error;
  std::filesystem::directory_iterator at(path, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    std::error_code ignored;
    FolderEntry entry{at->path().filename().string(), false, false, 0};
    const auto status = at->symlink_status(ignored);
    entry.folder = std::filesystem::is_directory(status);
    entry.file = std::filesystem::is_regular_file(status);
    if (entry.file) entry.bytes = at->file_size(ignored);
    if (!ignored) out.push_back(std::move(entry));
  }
  if (error) return fail_errno(error.value(), "cannot read folder " + path);
  std::ranges::sort(out, {}, &FolderEntry::name);
  return out;
}

}  // namespace pl::os

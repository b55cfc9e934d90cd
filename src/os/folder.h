#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace pl::os {

/// What stands in a folder. A symbolic link is neither folder nor file.
struct FolderEntry {
  std::string name;
  bool folder = false;
  bool file = false;
  std::uint64_t bytes = 0;  ///< Of a file.
};

/// The entries of a folder by name, without "." and "..".
Result<std::vector<FolderEntry>> list_folder(const std::string& path);

}  // namespace pl::os

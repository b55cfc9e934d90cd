#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "record/kinds.h"

namespace pl::scan {

/// What a walk through an application's files found.
struct FileSecrets {
  std::vector<record::SecretFound> found;
  record::FilesRead read;
};

/// Reads the application's own files (not its libraries, builds, tests or run folders) below a folder, within limits,
/// and looks for secrets. They are told hashed with `hash_key`. Symbolic links are not followed; `stop` ends it early.
FileSecrets search_files(const std::string& folder, std::string_view hash_key, const std::function<bool()>& stop);

}  // namespace pl::scan

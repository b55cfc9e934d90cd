#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace pl::scan {

/// The paths in a git index of version 2, 3 or 4 (gitformat-index(5)); nothing where it is not one, or damaged.
std::optional<std::set<std::string>> read_git_index(std::string_view bytes);

/// What git tracks below a folder.
class GitTracked {
 public:
  /// Looks for the repository that the folder is in. Without one, or with one that cannot be read, nothing is known.
  explicit GitTracked(const std::string& folder);
  /// "tracked", "not tracked" or "no repository", of a path below the folder.
  std::string of(const std::string& path) const;

 private:
  std::string prefix_;  ///< The folder, seen from the repository's root: "" or ends with a slash.
  std::optional<std::set<std::string>> paths_;
};

}  // namespace pl::scan

#pragma once
#include <algorithm>
#include <cstddef>

/// How the proxies and the control API share the files that the process may have open, so that neither can take all.
namespace pl::proxy {

/// Connections of the control API at one time, for so many files; 0 files: not known.
constexpr std::size_t api_connections(std::size_t files) {
  constexpr std::size_t kMost = 1024;
  return files == 0 ? kMost : std::clamp<std::size_t>(files / 8, 1, kMost);
}

/// Files that the proxies' connections leave to others: those of the control API, and a few for what is read or looked
/// up for a moment.
constexpr std::size_t spare_descriptors(std::size_t files) {
  constexpr std::size_t kBeside = 16;
  return std::min(api_connections(files) + kBeside, files / 4);
}

}  // namespace pl::proxy

#include "scan/files.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/sha256.h"
#include "os/file.h"
#include "os/folder.h"
#include "scan/git_index.h"
#include "scan/secrets.h"

namespace pl::scan {
namespace {

/// Libraries, what tools made, tests with keys that are made to be seen, and proofload's own runs.
constexpr std::array<std::string_view, 24> kPassedOver = {
    "node_modules", ".git",  "build",    "dist",     "target", "vendor",        ".venv", "venv",
    "__pycache__",  ".next", ".nuxt",    "out",      "runs",   "coverage",      "test",  "tests",
    "__tests__",    "spec",  "fixtures", "testdata", ".cache", "site-packages", ".tox",  ".yarn"};

class Walk {
 public:
  Walk(const std::string& folder, std::string_view key, const std::function<bool()>& stop)
      : folder_(folder), key_(key), stop_(stop), git_(folder) {}

  FileSecrets take() { return std::move(out_); }

  void enter(const std::string& below, int depth) {
    const auto entries = os::list_folder(folder_ + "/" + below);
    if (!entries) return;
    for (const os::FolderEntry& entry : *entries) {
      if (out_.read.limited || stop_()) return;
      const std::string path = below + entry.name;
      if (entry.file) read(path, entry.bytes);
      const bool passed = std::ranges::find(kPassedOver, entry.name) != kPassedOver.end();
      if (!entry.folder || passed) continue;
      if (depth >= limits::kFolderDepth) {
        out_.read.limited = true;
        return;
      }
      enter(path + "/", depth + 1);
    }
  }

 private:
  void read(const std::string& path, std::uint64_t bytes) {
    record::FilesRead& sum = out_.read;
    if (bytes > limits::kSecretFileBytes) {
      ++sum.skipped;
      return;
    }
    const bool full = static_cast<std::size_t>(sum.files) >= limits::kSecretFiles ||
                      static_cast<std::size_t>(sum.bytes) >= limits::kSecretBytes ||
                      out_.found.size() >= limits::kSecretsFound;
    if (full) {
      sum.limited = true;
      return;
    }
    const auto text = os::read_file(folder_ + "/" + path, limits::kSecretFileBytes);
    if (!text || text->find('\0') != std::string::npos) {
      ++sum.skipped;
      return;
    }
    ++sum.files;
    sum.bytes += static_cast<std::int64_t>(text->size());
    for (const Secret& secret : find_secrets(path, *text)) {
      out_.found.push_back({path, secret.line, secret.rule, secret.name, keyed_hash(key_, secret.value),
                            secret_tail(secret.value), git_.of(path)});
    }
  }

  std::string folder_;
  std::string_view key_;
  const std::function<bool()>& stop_;
  GitTracked git_;
  FileSecrets out_;
};

}  // namespace

FileSecrets search_files(const std::string& folder, std::string_view hash_key, const std::function<bool()>& stop) {
  Walk walk(folder, hash_key, stop);
  walk.enter("", 0);
  return walk.take();
}

}  // namespace pl::scan

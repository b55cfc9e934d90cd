#include "engine/run_folder.h"

#include <fmt/format.h>

#include <filesystem>

#include "os/clock.h"

namespace pl::engine {
namespace {

namespace fs = std::filesystem;

constexpr int kRunsPerDay = 10'000;

/// runs/2026-11-23-1 and so on: the first that is free.
Result<std::string> dated_folder() {
  PL_TRY(os::make_folders("runs"));
  const std::string day = os::wall_time().substr(0, 10);
  for (int number = 1; number < kRunsPerDay; ++number) {
    const std::string path = fmt::format("runs/{}-{}", day, number);
    std::error_code error;
    if (fs::create_directory(path, error)) return path;
    if (error) return fail(Errc::permission, fmt::format("cannot make {}: {}", path, error.message()));
  }
  return fail(Errc::limit, fmt::format("runs/ holds {} runs of this day; choose another folder by --out", kRunsPerDay));
}

}  // namespace

Result<RunFolder> RunFolder::create(const std::string& wanted, record::LogWriter::Observer observer) {
  RunFolder folder;
  folder.made_ = wanted.empty() || !os::file_exists(wanted);
  if (wanted.empty()) {
    folder.path_ = PL_TRY(dated_folder());
  } else {
    PL_TRY(os::make_folders(wanted));
    folder.path_ = wanted;
    while (folder.path_.size() > 1 && folder.path_.ends_with('/')) folder.path_.pop_back();
  }
  auto file = os::AppendFile::create(folder.file(kLogFile));
  if (!file) {
    if (folder.made_) folder.discard();
    return std::unexpected(std::move(file).error());
  }
  auto log = std::make_shared<os::AppendFile>(std::move(*file));
  folder.log_ = std::make_unique<record::LogWriter>([log](std::string_view bytes) { return log->append(bytes); },
                                                    std::move(observer));
  return folder;
}

std::string RunFolder::name() const { return fs::absolute(path_).lexically_normal().filename().string(); }

void RunFolder::discard() {
  std::error_code ignored;
  for (const char* name : {kLogFile, kApplicationLog}) fs::remove(file(name), ignored);
  if (made_) fs::remove(path_, ignored);
}

}  // namespace pl::engine

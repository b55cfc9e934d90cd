#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "os/fd.h"

/// Files and folders. Errors name the path and what would help; a full disk is Errc::disk_full, a folder that may not
/// be written Errc::permission.
namespace pl::os {

/// A file that only grows. Every append is handed to the kernel before it returns, so that it outlives a killed
/// process. Not shared between threads.
class AppendFile {
 public:
  /// A new file; Errc::usage where it exists.
  static Result<AppendFile> create(const std::string& path);
  /// An existing file or device, to append to.
  static Result<AppendFile> open_existing(const std::string& path);
  /// An existing file, cut to `size` bytes first: what follows a log's valid prefix goes.
  static Result<AppendFile> reopen(const std::string& path, std::size_t size);

  /// Writes all of the bytes, or fails; then a part of them may have been written.
  Result<void> append(std::string_view bytes);
  /// Waits until the device has it.
  Result<void> sync();

 private:
  AppendFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Fd fd_;
  std::string path_;
};

/// The whole content; Errc::limit where it is larger than `most`.
Result<std::string> read_file(const std::string& path, std::size_t most = std::size_t{1} << 30);
/// Replaces a file's content at once: a reader, and a crash, sees the old content or the new. `mode` as for open(2).
Result<void> write_file(const std::string& path, std::string_view bytes, int mode = 0644);
/// Makes a folder and those above it; one that exists is fine.
Result<void> make_folders(const std::string& path);
bool file_exists(const std::string& path);
/// It is there and something else than a file: opening a pipe or a device may wait for ever.
bool is_no_regular_file(const std::string& path);
/// It is there and this process may execute it.
bool may_execute(const std::string& path);

/// A folder of its own under $TMPDIR or /tmp, mode 0700, removed with all that is in it at the end of its life. Move
/// only.
class TempFolder {
 public:
  static Result<TempFolder> create(std::string_view prefix = "proofload-");
  TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempFolder& operator=(TempFolder&& other) noexcept;
  ~TempFolder();

  const std::string& path() const { return path_; }

 private:
  explicit TempFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace pl::os

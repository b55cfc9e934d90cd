#include "os/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace pl::os {
namespace {

/// The error of a file operation. EFBIG is a limit of size on the process (RLIMIT_FSIZE): no room, too.
std::unexpected<Error> failed(int number, std::string_view doing, const std::string& path) {
  auto error = fail_errno(number, fmt::format("cannot {} {}", doing, path)).error();
  if (number == EFBIG) error.code = Errc::disk_full;
  if (error.code == Errc::disk_full) error.detail += ": no space left; free some, or choose another folder";
  return std::unexpected(std::move(error));
}

Result<Fd> open_at(const std::string& path, int flags, int mode, std::string_view doing) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) return failed(errno, doing, path);
  return fd;
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(errno, "write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<AppendFile> AppendFile::create(const std::string& path) {
  Result<Fd> fd = open_at(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0644, "create");
  if (!fd && fd.error().source_code == EEXIST) {
    return fail(Errc::usage, fmt::format("{} exists already; choose another folder", path));
  }
  if (!fd) return std::unexpected(std::move(fd).error());
  return AppendFile(std::move(*fd), path);
}

Result<AppendFile> AppendFile::open_existing(const std::string& path) {
  return AppendFile(PL_TRY(open_at(path, O_WRONLY | O_APPEND, 0, "open")), path);
}

Result<AppendFile> AppendFile::reopen(const std::string& path, std::size_t size) {
  AppendFile file = PL_TRY(open_existing(path));
  if (::ftruncate(file.fd_.get(), static_cast<off_t>(size)) != 0) return failed(errno, "cut", path);
  return file;
}

Result<void> AppendFile::append(std::string_view bytes) { return write_all(fd_.get(), bytes, path_); }

Result<void> AppendFile::sync() {
  if (::fdatasync(fd_.get()) != 0 && errno != EINVAL) return failed(errno, "write", path_);
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t most) {
  const Fd fd = PL_TRY(open_at(path, O_RDONLY, 0, "read"));
  std::string content;
  char room[64 << 10];
  while (true) {
    const ssize_t count = ::read(fd.get(), room, sizeof room);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(errno, "read", path);
    if (count == 0) return content;
    content.append(room, static_cast<std::size_t>(count));
    if (content.size() > most) return fail(Errc::limit, fmt::format("{} is larger than {} bytes", path, most));
  }
}

Result<void> write_file(const std::string& path, std::string_view bytes, int mode) {
  const std::string beside = fmt::format("{}.new-{}", path, ::getpid());
  Result<void> written = [&]() -> Result<void> {
    const Fd fd = PL_TRY(open_at(beside, O_WRONLY | O_CREAT | O_TRUNC, mode, "write"));
    if (Result<void> done = write_all(fd.get(), bytes, path); !done) return done;
    if (::fsync(fd.get()) != 0 && errno != EINVAL) return failed(errno, "write", path);
    if (::rename(beside.c_str(), path.c_str()) != 0) return failed(errno, "write", path);
    return {};
  }();
  if (!written) ::unlink(beside.c_str());
  return written;
}

Result<void> make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return failed(error.value(), "make folder", path);
  return {};
}

bool may_execute(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

bool is_no_regular_file(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode);
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<TempFolder> TempFolder::create(std::string_view prefix) {
  const char* base = std::getenv("TMPDIR");
  std::string path = fmt::format("{}/{}XXXXXX", base != nullptr && *base != '\0' ? base : "/tmp", prefix);
  if (::mkdtemp(path.data()) == nullptr) return failed(errno, "make folder", path);
  return TempFolder(std::move(path));
}

TempFolder& TempFolder::operator=(TempFolder&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace pl::os

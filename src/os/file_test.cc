#include "os/file.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace pl;
using namespace pl::os;

TEST_CASE("a file grows, is cut to its valid part and is read back") {
  const TempFolder folder = TempFolder::create().value();
  const std::string path = folder.path() + "/run.plog";
  {
    AppendFile file = AppendFile::create(path).value();
    CHECK(file.append("one"));
    CHECK(file.append("two"));
    CHECK(file.sync());
  }
  CHECK(AppendFile::create(path).error().code == Errc::usage);
  AppendFile again = AppendFile::reopen(path, 3).value();
  CHECK(again.append("-"));
  CHECK(read_file(path).value() == "one-");
  CHECK(read_file(path, 3).error().code == Errc::limit);
  CHECK(read_file(folder.path() + "/none").error().code == Errc::not_found);
}

TEST_CASE("a file is replaced at once and nothing is left beside it") {
  const TempFolder folder = TempFolder::create().value();
  const std::string path = folder.path() + "/a/b/report.json";
  CHECK(write_file(path, "x").error().code == Errc::not_found);
  CHECK(make_folders(folder.path() + "/a/b"));
  CHECK(write_file(path, "first"));
  CHECK(write_file(path, "second"));
  CHECK(read_file(path).value() == "second");
  CHECK(::rmdir((folder.path() + "/a/b").c_str()) != 0);
  CHECK(::unlink(path.c_str()) == 0);
  CHECK(::rmdir((folder.path() + "/a/b").c_str()) == 0);
}

TEST_CASE("a temporary folder goes with all that is in it") {
  std::string path;
  {
    const TempFolder folder = TempFolder::create().value();
    path = folder.path();
    CHECK(make_folders(path + "/deep/er"));
    CHECK(write_file(path + "/deep/er/file", "x"));
  }
  CHECK_FALSE(file_exists(path));
}

TEST_CASE("a full disk is one clear error") {
  AppendFile full = AppendFile::open_existing("/dev/full").value();
  const Result<void> written = full.append("x");
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Errc::disk_full);
  CHECK(written.error().message().find("cannot write /dev/full: no space left") == 0);
}

/// The exit status of a child that runs the function.
template <class Function>
int in_child(Function function) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(function());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("a file that may not grow further is a full disk, and what was written before stays") {
  const TempFolder folder = TempFolder::create().value();
  const std::string path = folder.path() + "/run.plog";
  const int result = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{10, 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Result<AppendFile> file = AppendFile::create(path);
    if (!file || !file->append("12345678")) return 1;
    const Result<void> more = file->append("12345678");
    return !more && more.error().code == Errc::disk_full ? 42 : 2;
  });
  CHECK(result == 42);
  CHECK(read_file(path).value() == "1234567812");
}

TEST_CASE("a folder that may not be written is a permission error") {
  const TempFolder folder = TempFolder::create().value();
  REQUIRE(::chmod(folder.path().c_str(), 0555) == 0);
  const int result = in_child([&] {
    if (::getuid() == 0 && ::setuid(65534) != 0) return 1;
    const Result<AppendFile> file = AppendFile::create(folder.path() + "/run.plog");
    const Result<void> inside = make_folders(folder.path() + "/sub");
    return !file && file.error().code == Errc::permission && !inside && inside.error().code == Errc::permission ? 42
                                                                                                                : 2;
  });
  CHECK(result == 42);
}

#include "os/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

using namespace pl;

TEST_CASE("/proc tells about this process and its children") {
  const auto self = os::process_stat(::getpid());
  REQUIRE(self);
  CHECK(self->parent == ::getppid());
  CHECK(self->start_time > 0);
  CHECK(os::process_status_number(::getpid(), "Tgid") == ::getpid());
  CHECK(os::process_status_number(::getpid(), "NoSuchLabel") == -1);
  CHECK(!os::process_arguments(::getpid()).empty());
  const pid_t child = ::fork();
  if (child == 0) ::_exit(3);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  const auto children = os::process_children(::getpid());
  CHECK(std::find(children.begin(), children.end(), child) != children.end());
  const auto zombie = os::process_stat(child);
  REQUIRE(zombie);
  CHECK(zombie->state == 'Z');
  CHECK(WEXITSTATUS(zombie->exit_code) == 3);
  ::waitpid(child, nullptr, 0);
  CHECK(!os::process_stat(child));
}

TEST_CASE("a started program gets the descriptors it was given, and no others") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const std::string script = "echo told >&3; [ -e /dev/fd/4 ] && echo more >&3";
  const auto pid = os::start_process("/bin/sh", {"sh", "-c", script}, {ends[1]});
  ::close(ends[1]);
  REQUIRE(pid);
  char room[64];
  const ssize_t got = ::read(ends[0], room, sizeof room);
  CHECK(std::string(room, static_cast<std::size_t>(std::max<ssize_t>(got, 0))) == "told\n");
  CHECK(::read(ends[0], room, sizeof room) == 0);
  ::close(ends[0]);
  ::waitpid(*pid, nullptr, 0);
  CHECK(!os::start_process("/no/such/program", {"x"}, {}));
}

TEST_CASE("a program that is waited for: its status, and its end where it takes too long") {
  const auto run = [](const std::string& script, Ns most) {
    const auto pid = os::start_process("/bin/sh", {"sh", "-c", script}, {});
    REQUIRE(pid);
    const Result<int> status = os::wait_process(*pid, most);
    CHECK(!os::process_stat(*pid));
    return status;
  };
  CHECK(run("exit 7", 10 * kSec) == 7);
  CHECK(run("kill -TERM $$", 10 * kSec) == 128 + SIGTERM);
  const Result<int> late = run("sleep 60 & sleep 60", 100 * kMs);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::timeout);
}

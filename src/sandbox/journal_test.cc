#include "sandbox/journal.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "os/file.h"

using namespace pl;

TEST_CASE("a journal vanishes with its object, and names only folders of proofload's") {
  auto journal = sandbox::Journal::open();
  REQUIRE(journal);
  const std::string path = (*journal)->path();
  CHECK(std::filesystem::exists(path));
  CHECK(!(*journal)->add_folder("/home/somebody"));
  CHECK(!(*journal)->add_folder("proofload-relative"));
  CHECK((*journal)->add_folder("/tmp/proofload-nothing-here"));
  journal->reset();
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("what a dead run left is ended and removed at the next start, the living are left alone") {
  const auto folder = os::TempFolder::create();
  REQUIRE(folder);
  const std::string name = folder->path();
  std::ofstream(name + "/file") << "left";
  const pid_t sleeper = ::fork();
  if (sleeper == 0) {
    ::execlp("sleep", "sleep", "1000", nullptr);
    ::_exit(127);
  }
  const pid_t run = ::fork();
  if (run == 0) {
    auto journal = sandbox::Journal::open();
    const bool good = journal && (*journal)->add_folder(name) && (*journal)->add_process(sleeper);
    if (!good) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(run, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  auto living = sandbox::Journal::open();
  REQUIRE(living);
  const sandbox::Leftovers done = sandbox::clean_leftovers();
  CHECK(done.runs >= 1);
  CHECK(done.processes >= 1);
  CHECK(!std::filesystem::exists(name));
  CHECK(std::filesystem::exists((*living)->path()));
  ::waitpid(sleeper, &status, 0);
  CHECK(WTERMSIG(status) == SIGKILL);
}

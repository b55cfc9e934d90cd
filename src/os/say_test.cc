#include "os/say.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "os/fd.h"

using namespace pl;

namespace {

struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    reader = os::Fd(ends[0]);
    writer = os::Fd(ends[1]);
  }
  std::string read() const {
    char room[2 * PIPE_BUF];
    const ssize_t count = ::read(reader.get(), room, sizeof room);
    return {room, static_cast<std::size_t>(std::max<ssize_t>(0, count))};
  }
  os::Fd reader, writer;
};

}  // namespace

TEST_CASE("a line is said where there is room, and lost where nobody reads: saying it never waits") {
  const Pipe pipe;
  CHECK(os::say_line(pipe.writer.get(), "one"));
  CHECK(pipe.read() == "one\n");
  const std::string line(1000, 'x');
  int said = 0;
  while (said < 10'000 && os::say_line(pipe.writer.get(), line)) ++said;
  CHECK(said > 0);
  CHECK(said < 10'000);
  for (int i = 0; i <= said / 16; ++i) pipe.read();  // at most eight lines each
  CHECK(os::say_line(pipe.writer.get(), "there is room again"));
}

TEST_CASE("of a line that is too long the beginning is said") {
  const Pipe pipe;
  CHECK(os::say_line(pipe.writer.get(), std::string(3 * PIPE_BUF, 'x')));
  CHECK(pipe.read() == std::string(PIPE_BUF - 1, 'x') + "\n");
}

TEST_CASE("what cannot be written is lost: a reader that is gone, a full disk, a descriptor that is closed") {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.reader.reset();
  CHECK_FALSE(os::say_line(pipe.writer.get(), "one"));
  const os::Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  CHECK_FALSE(os::say_line(full.get(), "one"));
  const int closed = pipe.writer.get();
  pipe.writer.reset();
  CHECK_FALSE(os::say_line(closed, "one"));
}

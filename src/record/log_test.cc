#include "record/log.h"

#include <doctest/doctest.h>

#include <thread>

#include "base/limits.h"
#include "record/kinds.h"

using namespace pl;
using namespace pl::record;

namespace {

struct Written {
  std::string bytes;
  std::vector<std::size_t> ends;  ///< Where header and frames end.
};

Written small_log() {
  Written written{std::string(kLogHeader), {kLogHeader.size()}};
  Encoder encoder;
  RunStarted started;
  started.subject = "a \"quoted\" {name} \\";
  started.argv = {"node", "server.js"};
  ProcessEnded ended;
  ended.pid = 7;
  for (Observation seen :
       {observe(0, started), observe(5 * kSec, ended), observe(9 * kSec, RunEnded{"complete", ""})}) {
    written.bytes += encoder.frame(seen).value();
    written.ends.push_back(written.bytes.size());
  }
  return written;
}

}  // namespace

TEST_CASE("a log reads back as it was written, numbered by position") {
  const Written log = small_log();
  const ReadResult read = read_log(log.bytes);
  REQUIRE(read.observations.size() == 3);
  CHECK_FALSE(read.damage);
  CHECK_FALSE(read.truncated);
  CHECK(read.valid_bytes == log.bytes.size());
  CHECK(as_text(read.chain_head) == log.bytes.substr(log.bytes.size() - 32));
  CHECK(read.observations[1].id == 1);
  CHECK(read.observations[1].at == 5 * kSec);
  CHECK(read.observations[1].source == Source::sandbox);
  CHECK(decode<ProcessEnded>(read.observations[1].payload).pid == 7);
  CHECK(decode<RunStarted>(read.observations[0].payload).subject == "a \"quoted\" {name} \\");
}

TEST_CASE("a log cut anywhere has a valid prefix and is not called corrupt") {
  const Written log = small_log();
  for (std::size_t length = 0; length < log.bytes.size(); ++length) {
    CAPTURE(length);
    const ReadResult read = read_log(std::string_view(log.bytes).substr(0, length));
    CHECK_FALSE(read.damage);
    std::size_t whole = 0, valid = 0;
    for (const std::size_t end : log.ends) {
      if (end > length) break;
      valid = end;
      ++whole;
    }
    CHECK(read.valid_bytes == valid);
    CHECK(read.truncated == (valid != length || length == 0));
    CHECK(read.observations.size() == (whole == 0 ? 0 : whole - 1));
  }
}

TEST_CASE("a flipped byte anywhere is found and its frame named") {
  const Written log = small_log();
  for (std::size_t position = 0; position < log.bytes.size(); ++position) {
    for (const int mask : {0x01, 0x20, 0x80, 0xff}) {
      CAPTURE(position);
      CAPTURE(mask);
      std::string bytes = log.bytes;
      bytes[position] = static_cast<char>(bytes[position] ^ mask);
      const ReadResult read = read_log(bytes);
      REQUIRE(read.damage);
      CHECK(read.damage->code == Errc::corrupt);
      std::size_t frame = 0;
      while (log.ends[frame] <= position) ++frame;
      const std::string name = frame == 0 ? "header at byte offset 0:"
                                          : "frame " + std::to_string(frame - 1) + " at byte offset " +
                                                std::to_string(log.ends[frame - 1]) + ":";
      CHECK(read.damage->detail.starts_with(name));
    }
  }
}

TEST_CASE("frames that change places break the chain") {
  const Written log = small_log();
  const auto part = [&](std::size_t i) { return log.bytes.substr(log.ends[i], log.ends[i + 1] - log.ends[i]); };
  const ReadResult read = read_log(log.bytes.substr(0, log.ends[0]) + part(1) + part(0) + part(2));
  REQUIRE(read.damage);
  CHECK(read.damage->detail.starts_with("frame 0 "));
}

TEST_CASE("a log that was read can be gone on with") {
  const Written log = small_log();
  const ReadResult before = read_log(log.bytes);
  std::string bytes = log.bytes;
  LogWriter writer(
      [&](std::string_view more) -> Result<void> {
        bytes += more;
        return {};
      },
      Encoder(static_cast<std::int64_t>(before.observations.size()), before.chain_head));
  writer.append(observe(10 * kSec, RunEnded{"failed", "again"}));
  const ReadResult after = read_log(bytes);
  CHECK_FALSE(after.damage);
  REQUIRE(after.observations.size() == 4);
  CHECK(after.observations[3].id == 3);
}

TEST_CASE("the writer serves many threads and shows what it wrote in the order of the log") {
  std::string bytes;
  std::vector<std::int64_t> ids;
  LogWriter writer(
      [&](std::string_view more) -> Result<void> {
        bytes += more;
        return {};
      },
      [&](const Observation& seen) { ids.push_back(seen.id); });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&writer] {
      for (int i = 0; i < 250; ++i) writer.append(observe(i, ProcessEnded{}));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const ReadResult read = read_log(bytes);
  CHECK_FALSE(read.damage);
  CHECK(read.observations.size() == 1000);
  CHECK(read.chain_head == writer.head());
  REQUIRE(ids.size() == 1000);
  for (std::size_t i = 0; i < ids.size(); ++i) CHECK(ids[i] == static_cast<std::int64_t>(i));
}

TEST_CASE("the writer keeps its first failure and writes nothing after it") {
  std::string bytes;
  int calls = 0, seen = 0;
  LogWriter writer(
      [&](std::string_view more) -> Result<void> {
        if (++calls == 3) return fail(Errc::disk_full, "run.plog: full");
        bytes += more;
        return {};
      },
      [&](const Observation&) { ++seen; });
  for (int i = 0; i < 4; ++i) writer.append(observe(i, ProcessEnded{}));
  REQUIRE(writer.error());
  CHECK(writer.error()->code == Errc::disk_full);
  CHECK(calls == 3);
  CHECK(seen == 1);
  CHECK(writer.count() == 1);
  CHECK(read_log(bytes).chain_head == writer.head());
}

TEST_CASE("an observation too large for a frame is a limit, not a broken log") {
  std::string bytes;
  LogWriter writer([&](std::string_view more) -> Result<void> {
    bytes += more;
    return {};
  });
  writer.append(observe(0, RunEnded{"failed", std::string(limits::kFrameBytes, 'x')}));
  REQUIRE(writer.error());
  CHECK(writer.error()->code == Errc::limit);
  CHECK(bytes == kLogHeader);
}

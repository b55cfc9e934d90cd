#include "cli/live_view.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "report/text.h"

namespace pl::cli {
namespace {

using engine::Standing;
using report::Tone;

std::string joined(const std::vector<std::string>& rows) {
  std::string text;
  for (const std::string& row : rows) text += row + "\n";
  return text;
}

bool shows(const LiveView& view, const Canvas& canvas, std::string_view text) {
  return joined(view.picture(canvas)).find(text) != std::string::npos;
}

Standing decided(const char* key, const char* word, const char* figure, Tone tone, bool blocks) {
  return {key, Standing::State::decided, {true, word, figure, tone, blocks}, {}};
}

/// A run of two parts and four faults, in its third experiment.
LiveView campaign() {
  LiveView view(" proofload 0.1.0   shop   root, 2 cores");
  view.begun("start");
  view.line("start", "web ready on 127.0.0.1:3000 after 0.9 s");
  view.line("", "web -> postgres 15");
  view.line("discover", "2 declared journeys: ask, browse");
  view.begun("chaos");
  std::vector<engine::Place> places;
  for (const char* part : {"postgres 15", "redis 7"}) {
    for (const char* fault : {"latency", "refuse", "silent", "freeze"}) {
      places.push_back({std::string(part) + fault, part, fault, 12 * kSec});
    }
  }
  view.planned(places);
  view.pulse({.now = 92 * kSec, .window = 5 * kSec, .ended = 120, .bad = 3, .p99 = 431 * kMs});
  view.standing(decided("postgres 15refuse", "errors", "12 of 60", Tone::bad, false));
  view.standing(decided("postgres 15silent", "hangs", "33.3 s", Tone::bad, true));
  view.standing({"postgres 15latency", Standing::State::begun, {}, {}});
  view.status("chaos", "postgres 15latency   hold 4 s");
  return view;
}

constexpr Canvas kWide{.width = 100, .height = 30}, kNarrow{.width = 60, .height = 20};

}  // namespace

TEST_CASE("the picture: stages, bar, figures, the matrix in the order of faults, the keys") {
  const LiveView view = campaign();
  const std::vector<std::string> rows = view.picture(kWide);
  const std::string text = joined(rows);
  MESSAGE(text);
  CHECK(rows[0].starts_with(" proofload 0.1.0   shop"));
  CHECK(rows[0].ends_with("1 min 32 s, about 1 min 12 s left"));
  CHECK(shows(view, kWide, " start       web ready on"));
  CHECK(shows(view, kWide, "2 of 8   postgres 15 slow   hold 4 s   p99 431 ms   3 errors of 120"));
  CHECK(shows(view, kWide, "refused         silent          slow            frozen"));
  CHECK(shows(view, kWide, " postgres 15  errors          HANGS 33.3 s    > hold 4 s      ."));
  CHECK(shows(view, kWide, " a  abort this cell   p  pause   q  stop, keep what was measured"));
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("no row is wider than the screen and none is beyond its end, whatever the size") {
  const LiveView view = campaign();
  for (int width = 30; width < 140; width += 7) {
    for (int height = 6; height < 40; height += 3) {
      const std::vector<std::string> rows = view.picture({.width = width, .height = height});
      CHECK(rows.size() <= static_cast<std::size_t>(height));
      for (const std::string& row : rows) CHECK(report::points(row) <= static_cast<std::size_t>(width));
      CHECK(rows.back().find("stop") != std::string::npos);
    }
  }
  CHECK(shows(view, kNarrow, "> hold 4 s"));
  CHECK(shows(view, kNarrow, " a abort cell  p pause  q stop, keep what was measured"));
}

TEST_CASE("where the matrix does not fit, the columns of the running experiment are shown") {
  LiveView view = campaign();
  view.standing(decided("postgres 15latency", "degraded", "+1.2 s", Tone::warn, false));
  view.standing({"redis 7freeze", Standing::State::begun, {}, {}});
  view.status("chaos", "waiting for the steady state");
  CHECK(shows(view, {.width = 40, .height = 12}, "> settling"));
}

TEST_CASE("what was aborted, left out or not decided is never shown as a result") {
  LiveView view = campaign();
  view.standing({"postgres 15latency", Standing::State::left_out, {}, "stopped by the user"});
  view.standing({"redis 7refuse", Standing::State::left_out, {}, "budget"});
  view.standing({"redis 7silent", Standing::State::open, {false, "inconclusive", "", Tone::none, false}, {}});
  CHECK(shows(view, kWide, " postgres 15  errors          HANGS 33.3 s    stopped"));
  CHECK(shows(view, kWide, " redis 7      left out        undecided"));
  CHECK(shows(view, kWide, "4 of 7   "));
}

TEST_CASE("keys are answered") {
  LiveView view = campaign();
  view.wished(engine::Wish::pause);
  CHECK(shows(view, kWide, "the pause begins before the next trial"));
  view.paused(true);
  CHECK(shows(view, kWide, "paused: p goes on"));
  CHECK(shows(view, kWide, "p  go on"));
  view.wished(engine::Wish::finish);
  CHECK(shows(view, kWide, "stopping: what was measured is kept"));
  LiveView idle(" proofload");
  idle.wished(engine::Wish::abort_cell);
  CHECK(shows(idle, kWide, "no experiment is being made"));
  CHECK(shows(idle, {.width = 100, .height = 30}, "no experiment"));
}

TEST_CASE("what the application says cannot write to the terminal") {
  LiveView view(" proofload");
  view.line("start", "\x1b[2Jweb\x07 ready\xff");
  view.begun("chaos");
  view.planned({{"k", "ev\x1b]0;il", "refuse", kSec}});
  view.standing({"k", Standing::State::begun, {}, {}});
  view.status("chaos", "hold \x1b[31m");
  for (const std::string& row : view.picture(kWide)) {
    CHECK(std::ranges::none_of(row, [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
  }
}

TEST_CASE("colours are codes around words, and only where asked for") {
  const LiveView view = campaign();
  const std::string text = joined(view.picture({.width = 100, .height = 30, .colour = true}));
  CHECK(text.find("\x1b[31mHANGS 33.3 s") != std::string::npos);
}

}  // namespace pl::cli

#include <fmt/format.h>

#include <algorithm>

#include "engine/drills.h"

namespace pl::engine {
namespace {

constexpr std::size_t kStreams = 5;
constexpr Ns kLeastInto = 100 * kMs, kMostInto = 10 * kSec;
constexpr Ns kWatch = 20 * kSec;  ///< After TERM, for the streams and for the exit.
constexpr Ns kStep = 20 * kMs;

/// The heaviest journey whose answer is an event stream, or -1.
std::int64_t streaming_journey(const facts::Facts& facts) {
  std::int64_t best = -1;
  double weight = 0;
  for (const facts::Journey& journey : facts.journeys) {
    if (!facts::streams(journey) || journey.declared.weight <= weight) continue;
    best = journey.declared.id;
    weight = journey.declared.weight;
  }
  return best;
}

void count(const std::vector<record::Iteration>& ended, std::size_t early, std::size_t open,
           record::DrillEnded& drill) {
  for (std::size_t i = early; i < ended.size(); ++i) {
    const record::Iteration& one = ended[i];
    if (!one.stream) continue;  // Its stream had not begun.
    const bool whole = one.end == record::End::complete;
    ++(one.stream_error ? drill.refused : whole && one.expected ? drill.drained : drill.cut);
  }
  drill.cut += static_cast<std::int64_t>(open);
  if (drill.drained + drill.cut + drill.refused == 0) {
    drill.result = "not decided";
    drill.note = "no stream was open when it was told to end";
    return;
  }
  drill.result = drill.cut > 0 ? "cut" : drill.refused > 0 ? "refused" : "drained";
}

}  // namespace

Result<void> drill_streams(Run& run, const plan::PlannedExperiment& planned) {
  const std::int64_t journey = streaming_journey(run.look());
  if (journey < 0) return {};
  record::DrillEnded drill{.key = planned.key, .drill = "terminate_streams", .component = planned.component};
  const Ns usual = run.look().journeys[static_cast<std::size_t>(journey)].steady.median;
  const pid_t root = root_of(run, planned);
  // Once without TERM, so that connections and compilers are warm and the streams begin when they usually do.
  const auto before = run.load->send_once(static_cast<std::size_t>(journey), kStreams);
  PL_TRY(run.wait_until([&](const facts::Facts&) { return before->open() == 0; }, kWatch, kStep));
  const auto volley = run.load->send_once(static_cast<std::size_t>(journey), kStreams);
  PL_TRY(run.pause(std::clamp(usual * 6 / 10, kLeastInto, kMostInto)));
  const std::size_t early = volley->ended().size();
  const Ns signalled = run.clock.now();
  PL_TRY(run.sandbox->terminate(root));
  const auto over = [&](const facts::Facts&) { return volley->open() == 0 && !run.sandbox->running(root); };
  PL_TRY(run.wait_until(over, kWatch, kStep));
  PL_TRY(run.pause(200 * kMs));
  count(volley->ended(), early, volley->open(), drill);
  end_drill(run, root, signalled, "streams open", std::move(drill));
  return {};
}

}  // namespace pl::engine

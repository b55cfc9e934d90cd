#include <fmt/format.h>

#include <algorithm>

#include "engine/stages.h"
#include "engine/subject.h"
#include "engine/trial.h"

namespace pl::engine {
namespace {

constexpr std::size_t kWrites = 2'000;  ///< The last ones of each journey, as long as there is time.
constexpr Ns kAnswers = 3 * kSec;
constexpr Ns kReadWithin = 3 * kSec;

}  // namespace

Result<void> read_writes_back(Run& run, const std::string& key, std::size_t most) {
  if (!subject_runs(run)) PL_TRY(restart_in_quiet(run, "it had ended, and writes are to be read back"));
  return run.blocking([&] { (void)run.load->verify_writes(key, most, kReadWithin); });
}

Result<void> read_back(Run& run) {
  const bool any = std::ranges::any_of(run.look().journeys, [](const facts::Journey& journey) {
    return journey.declared.verifies && journey.steady.good;
  });
  if (!any) return {};
  run.set_rate(0);
  if (!PL_TRY(await_target(run, kAnswers))) PL_TRY(restart_subject(run, "it had ended"));
  run.status("writes", "reading acknowledged writes back");
  PL_TRY(run.blocking([&] { (void)run.load->verify_writes("end", kWrites, kReadWithin); }));
  std::int64_t all = 0, found = 0;
  for (const auto& write : run.look().writes) {
    if (write.value.occasion == "steady") continue;
    ++all;
    found += write.value.result == "found" ? 1 : 0;
  }
  run.say("writes",
          fmt::format("{} of {} acknowledged writes were read back, after experiments and at the end", found, all));
  return {};
}

}  // namespace pl::engine

#include "engine/fail_open.h"

#include <algorithm>

#include "engine/prober.h"
#include "load/features.h"
#include "scan/answer_words.h"

namespace pl::engine {
namespace {

constexpr std::size_t kMost = 3;    ///< Steps that are asked for in one experiment.
constexpr Ns kNoticed = 500 * kMs;  ///< Until the application knows that the part is lost.
constexpr Ns kAnswer = kSec;

/// Data, and not what says that there is none.
bool lets_through(const scan::Asked& asked) {
  if (asked.head.status < 200 || asked.head.status >= 300) return false;
  const std::string media = scan::media_of(asked.head);
  if (load::is_event_stream(media)) return asked.body.find("event: error") == std::string::npos;
  if (!load::is_json(media)) return false;
  const Result<Json> document = Json::parse(asked.body);
  return document && !load::is_error_document(*document) && !load::features_of(media, asked.body, false).hollow;
}

}  // namespace

Result<void> ask_guarded(Run& run, const plan::PlannedExperiment& experiment) {
  const bool lost = experiment.fault == "refuse" || experiment.fault == "silent";
  if (!lost || experiment.edge < 0 || run.guarded.empty()) return {};
  PL_TRY(run.pause(kNoticed));
  Prober prober(run);
  for (std::size_t i = 0; i < std::min(kMost, run.guarded.size()); ++i) {
    const Guarded& guarded = run.guarded[i];
    const scan::Asked asked = PL_TRY(prober.ask(guarded.request, kAnswer));
    run.observe(record::AccessProbed{.what = "no session",
                                     .journey = guarded.journey,
                                     .step = guarded.step,
                                     .target = guarded.target,
                                     .usual = guarded.refused,
                                     .statuses = {asked.head.status},
                                     .readable = lets_through(asked),
                                     .experiment = experiment.key});
  }
  return {};
}

}  // namespace pl::engine

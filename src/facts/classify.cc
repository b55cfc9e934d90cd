#include "facts/procedure.h"
#include "facts/samples.h"

namespace pl::facts {
namespace {

constexpr Ns kGracefulWithin = 6 * kSec;  ///< A refusal that customers had to wait longer for is an error.
constexpr std::int64_t kSameMatch = 90;   ///< Percent of the steady answers' features.
constexpr std::int64_t kUnavailable = 503;
constexpr std::int64_t kOverloaded = 529;  ///< What model providers answer under load, passed on.

bool is_success(std::int64_t status) { return status >= 200 && status < 300; }

bool is_redirect(std::int64_t status) { return status >= 300 && status < 400; }

/// The answer arrived whole as HTTP and the step's status is what its steady answers had.
bool steady_status(const record::Iteration& iteration, const Journey& journey) {
  if (!journey.profile) return iteration.expected;
  return usual_status(journey, iteration.status) && iteration.media.empty();
}

/// Refuses openly, by a status that says so.
bool says_refused(const record::Iteration& iteration, std::int64_t provider_status) {
  return iteration.status == kTooMany || iteration.status == kUnavailable || iteration.status == kOverloaded ||
         (provider_status > 0 && !is_success(provider_status) && iteration.status == provider_status);
}

/// An answer that carries no success: an honest refusal, an error, or something that hides the failure.
AnswerClass classify_failure(const record::Iteration& iteration, const Journey& journey, std::int64_t provider_status) {
  if (says_refused(iteration, provider_status)) {
    if (iteration.status == kTooMany && journey.steady.has_429) return AnswerClass::misleading;
    const bool soon = iteration.done - iteration.intended <= kGracefulWithin;
    return soon ? AnswerClass::refused : AnswerClass::error;
  }
  const bool hides = iteration.status >= 200 && iteration.status < 500;
  return hides ? AnswerClass::misleading : AnswerClass::error;
}

}  // namespace

AnswerClass classify_passed_on(const record::Iteration& iteration, const Journey& journey,
                               std::int64_t provider_status) {
  if (iteration.end == record::End::open) return AnswerClass::open;
  if (iteration.session_lost) return AnswerClass::lost_session;
  if (iteration.stream_error) {
    return iteration.last_gap <= kGracefulWithin ? AnswerClass::refused : AnswerClass::error;
  }
  if (iteration.end != record::End::complete) return AnswerClass::error;
  const bool sound = iteration.expected && !iteration.empty && iteration.error_word.empty();
  if (sound && steady_status(iteration, journey)) {
    if (iteration.match >= kSameMatch) return AnswerClass::same;
    // A redirect that is not the usual one leads elsewhere: to a page of errors, or to the log-in.
    return is_redirect(iteration.status) ? AnswerClass::misleading : AnswerClass::changed;
  }
  if (sound && is_success(iteration.status)) return AnswerClass::changed;
  return classify_failure(iteration, journey, provider_status);
}

AnswerClass classify(const record::Iteration& iteration, const Journey& journey) {
  return classify_passed_on(iteration, journey, 0);
}

}  // namespace pl::facts

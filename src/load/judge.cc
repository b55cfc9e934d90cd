#include "load/judge.h"

#include <algorithm>

#include "load/text.h"

namespace pl::load {
namespace {

constexpr std::int64_t kSameMatch = 90;  ///< Percent of the features that make an answer the same (DESIGN 9).

bool status_expected(const StepPlan& step, const std::optional<AnswerProfile>& profile, int status) {
  if (!step.expect_status.empty()) return std::ranges::find(step.expect_status, status) != step.expect_status.end();
  if (status < 200 || status >= 400) return false;
  return step.expects || !profile || profile->usual_status(status);
}

bool as_expected(const StepPlan& step, const std::optional<AnswerProfile>& profile, const Answer& answer,
                 const Variables& variables) {
  if (!status_expected(step, profile, answer.status())) return false;
  if (answer.cut() && !answer.stream()) return true;  // what is expected may stand beyond what is kept
  if (step.expect_json && answer.find(*step.expect_json) == nullptr) return false;
  return !step.expect_contains || answer.body().contains(step.expect_contains->render(variables, Place::text));
}

}  // namespace

AnswerSeen seen_of(const Answer& answer) {
  return {answer.status(),
          answer.media(),
          answer.features(),
          answer.stream(),
          answer.stream_done(),
          answer.stream_error(),
          answer.cut() && !answer.stream()};
}

void judge(const StepPlan& step, const std::optional<AnswerProfile>& profile, const Answer& answer,
           const Variables& variables, record::Iteration& iteration) {
  iteration.status = answer.status();
  iteration.bytes = answer.bytes();
  iteration.stream = answer.stream();
  iteration.stream_error = answer.stream_error();
  iteration.last_gap = answer.longest_gap();
  iteration.retry_after = wire::find_header(answer.headers(), "retry-after") != nullptr;
  const bool whole = iteration.end == record::End::complete;
  iteration.expected = whole && as_expected(step, profile, answer, variables);
  if (!whole || !profile) return;
  const AnswerProfile& usual = profile->of(answer.status(), answer.media());
  const Likeness likeness = compare(usual, seen_of(answer));
  if (answer.media() != usual.media) iteration.media = answer.media().empty() ? "none" : answer.media();
  iteration.match = likeness.match;
  iteration.empty = likeness.empty;
  iteration.error_word = likeness.error_word;
  iteration.session_lost = likeness.session_lost;
  if (!likeness.unfinished) return;
  iteration.end = record::End::dropped;
  iteration.expected = false;
}

bool went_wrong(const record::Iteration& iteration) {
  return iteration.end != record::End::complete || !iteration.expected || !iteration.media.empty() ||
         iteration.match < kSameMatch || iteration.empty || !iteration.error_word.empty() || iteration.stream_error ||
         iteration.session_lost;
}

bool asks_for_login(const Answer& answer) {
  if (answer.status() == 401) return true;
  if (answer.status() < 300 || answer.status() >= 400) return false;
  const std::string* location = wire::find_header(answer.headers(), "location");
  if (location == nullptr) return false;
  const std::string path = lower(location->substr(0, location->find('?')));
  return path.contains("login") || path.contains("signin") || path.contains("sign-in") || path.contains("log-in");
}

}  // namespace pl::load

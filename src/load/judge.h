#pragma once
#include <optional>

#include "load/answer.h"
#include "load/journey.h"
#include "load/profile.h"
#include "record/kinds.h"

namespace pl::load {

/// What is compared of an answer.
AnswerSeen seen_of(const Answer& answer);

/// Writes into `iteration` what a step's answer says, seen against the profile where there is one. `iteration.end` is
/// how the exchange ended; a stream that lacks its final event becomes End::dropped.
void judge(const StepPlan& step, const std::optional<AnswerProfile>& profile, const Answer& answer,
           const Variables& variables, record::Iteration& iteration);

/// Whether a judged step went wrong, so that the journey's later steps are not made.
bool went_wrong(const record::Iteration& iteration);

/// Whether the answer says that the user is not logged in: 401, or a redirect to a log-in page.
bool asks_for_login(const Answer& answer);

}  // namespace pl::load

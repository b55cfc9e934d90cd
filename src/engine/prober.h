#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/state.h"
#include "load/answer.h"
#include "load/cookies.h"
#include "load/journey.h"
#include "scan/ask.h"

namespace pl::engine {

/// Somebody who uses the application outside the load: a user number, a number never used before, what was captured,
/// and cookies.
struct Visitor {
  load::Variables variables;
  load::CookieJar cookies;
};

/// A step that was made.
struct StepMade {
  load::Request request;
  scan::Asked asked;
  load::Answer answer;
  bool good = false;  ///< A whole 2xx or 3xx.
};

/// A journey that was made by one visitor, as far as its steps were good.
struct Walked {
  std::int64_t journey = 0;
  conf::Journey config;
  load::JourneyPlan plan;
  Visitor visitor;
  std::vector<StepMade> steps;
  bool fresh_user = false;  ///< By a user that the load does not use.

  bool whole() const { return steps.size() == plan.steps.size() && (steps.empty() || steps.back().good); }
};

/// Asks the application one thing after the other, from an address of its own where that is possible, so that an
/// application that limits its customers by address does not limit the load. The engine's thread.
class Prober {
 public:
  explicit Prober(Run& run);

  /// Longest wait for one answer, usually: models take their time.
  static constexpr Ns kAnswer = 20 * kSec;
  /// Waits for the answer, `limit` at most; the error is the run's own end.
  Result<scan::Asked> ask(load::Request request, Ns limit = kAnswer);
  /// Makes one step for a visitor, who keeps cookies and captures.
  Result<StepMade> step(const load::StepPlan& step, Visitor& visitor);
  /// Makes the steps before `end` of a journey as that user, until one is not good.
  Result<Walked> walk(std::int64_t journey, const conf::Journey& config, std::int64_t user, std::size_t end);
  /// The same by a user that the load does not use; where that user may not, by one of the load's.
  Result<Walked> walk_fresh(std::int64_t journey);
  Visitor visitor(std::int64_t user);
  /// A user number that neither the load nor an earlier call used.
  std::int64_t fresh_user() { return next_user_++; }
  /// Asks from an address of its own.
  bool apart() const { return from_.family != 0; }
  Run& run() { return run_; }

 private:
  Run& run_;
  Endpoint from_;
  std::int64_t next_user_;
  std::int64_t next_n_;
};

/// Method and target as the log names them, the target cut.
std::string target_text(const load::Request& request);
/// What one answer shows, into the log.
void log_probe(Run& run, std::string what, const load::Request& request, const scan::Asked& asked,
               std::int64_t journey = -1, std::int64_t step = -1);

/// A session is carried by what the step sends: by cookies that earlier steps gave, or by a captured Authorization.
bool needs_session(const Walked& walked, std::size_t step);
/// The request without cookies and Authorization.
load::Request without_session(load::Request request);

/// The parts of the stage, in their order.
Result<void> probe_pages(Prober& prober, const std::vector<Walked>& walks);
Result<void> probe_mistakes(Prober& prober, const std::vector<Walked>& walks);
Result<void> probe_access(Prober& prober, const std::vector<Walked>& walks);
Result<void> probe_markup(Prober& prober, const std::vector<Walked>& walks);
/// What a question costs the application at its model, and what a long conversation does.
Result<void> probe_consumption(Prober& prober, const std::vector<Walked>& walks);
Result<void> probe_sql(Prober& prober, const std::vector<Walked>& walks);
Result<void> probe_guessing(Prober& prober, const std::vector<Walked>& walks);

}  // namespace pl::engine

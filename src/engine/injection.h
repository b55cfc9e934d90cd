#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "engine/state.h"
#include "plan/plan.h"

namespace pl::engine {

/// What a fault met and did while it was in force.
struct Achieved {
  Json effect = Json::object();  ///< For TrialEnded.achieved.
  std::int64_t requests_met = 0;
  std::int64_t connections_met = 0;
};

/// A planned fault on the running application: switched on, and off again. Switches itself off at the end of its life.
class Injection {
 public:
  Injection(Run& run, const plan::PlannedExperiment& experiment);
  ~Injection();
  Injection(const Injection&) = delete;
  Injection& operator=(const Injection&) = delete;

  /// Puts it in force. Errors are an instrument's.
  Result<void> on();
  /// Ends it. Twice is harmless.
  void off();
  /// What it met so far, over all its times in force.
  Achieved achieved();

 private:
  /// Traffic of the faulted edges since the run began.
  struct Traffic {
    std::int64_t requests = 0, connects = 0, refused = 0;
  };
  Traffic traffic();
  Result<void> freeze();
  Result<void> fault_edges();

  Run& run_;
  const plan::PlannedExperiment& experiment_;
  std::vector<std::int64_t> edges_;  ///< Faulted, or leading to the faulted component.
  proxy::FlowMatch match_;
  std::vector<Endpoint> refused_;  ///< Destinations under a refuse rule, each with the owner beside it.
  std::vector<pid_t> refused_owners_;
  std::vector<proxy::FaultId> faults_;
  std::vector<proxy::FaultEffect> effects_;  ///< Of faults that were removed.
  pid_t frozen_ = 0;
  Traffic before_;
};

}  // namespace pl::engine

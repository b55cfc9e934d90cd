#include "facts/trial_frames.h"

namespace pl::facts {

std::vector<std::int64_t> trial_frames(const Facts& facts, const Experiment& experiment) {
  std::vector<std::int64_t> frames;
  for (const std::int64_t trial : experiment.trials) {
    if (trial >= 0 && trial < static_cast<std::int64_t>(facts.trials.size())) {
      frames.push_back(facts.trials[static_cast<std::size_t>(trial)].id);
    }
  }
  return frames;
}

}  // namespace pl::facts

#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "facts/finding.h"

namespace pl::verdict {

/// Outcome of a checkpoint.
enum class Outcome { pass, fail, inconclusive, not_run };
std::string_view outcome_word(Outcome outcome);

/// A thing that was not tested, and why. Never counts as passed.
struct NotTested {
  std::string what;  ///< Key of an experiment, or words.
  std::string why;
  bool required = false;  ///< The policy asks for it.
};

struct CheckpointVerdict {
  facts::Checkpoint checkpoint = facts::Checkpoint::architecture;
  Outcome outcome = Outcome::not_run;
  std::vector<std::size_t> findings;  ///< Indices into Verdict::findings, most severe first.
  int blocking = 0, warnings = 0, passed = 0;
  std::string summary;  ///< "6 of 31 cells blocking".
};

enum class Overall { ready, not_ready, not_measured, interrupted };

/// The judgement of a whole run: from blocking findings, never from an average.
struct Verdict {
  Overall overall = Overall::not_measured;
  int exit_code = 3;                           ///< 0 ready, 1 not ready, 3 could not measure, 130 interrupted.
  std::string headline;                        ///< "Not ready for customers".
  std::string sentence;                        ///< What a non-engineer understands; the most important thing first.
  std::vector<std::string> first;              ///< What to do first, at most three.
  std::vector<CheckpointVerdict> checkpoints;  ///< All six, in order.
  std::vector<facts::Finding> findings;        ///< Policy applied; most severe first.
  std::vector<facts::Answer> answers;          ///< All questions of DESIGN 1.
  std::vector<NotTested> not_tested;
};

/// Judges facts and findings under the policy that stands in the run's configuration.
Verdict judge(const facts::Facts& facts, std::vector<facts::Finding> findings, std::vector<facts::Answer> answers);

}  // namespace pl::verdict

#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "facts/samples.h"

/// What one trial showed of one journey: counts and measures, no judgement. Internal to `facts`.
namespace pl::facts {

enum class Form { hold, brief, switchback, patience };
Form form_of(const record::TrialEnded& trial);

/// Answers by class; can be added up over trials.
struct Counts {
  std::int64_t answers = 0, misleading = 0, errors = 0, graceful = 0, lost_sessions = 0;
  std::int64_t refused = 0;      ///< Of the graceful ones.
  std::int64_t hang_tested = 0;  ///< Requests old enough at removal to tell.
  std::int64_t hanging = 0;      ///< Those of them that were still open.

  void add(const Counts& other);
  void add(AnswerClass answer);
};

/// Whether a trial shows slower answers.
enum class Slower { no, yes, unsure };

/// One trial, one journey.
struct Measured {
  std::size_t trial = 0;  ///< Index into Facts::trials.
  Form form = Form::hold;
  bool met = true;  ///< The fault met traffic, or that cannot be known.
  Counts counts;
  Slower slower = Slower::no;  ///< Holds: unsure is a suspicion. Brief: yes counts for two of three.
  std::optional<bool> recovered;
  bool never_back = false;  ///< The application was started again after the fault, and did not serve.
  Ns recovery = 0;          ///< From the fault's end to the steady state.
  Ns bound = 0;             ///< The third-longest wait that ended while the fault was in force.
  Ns longest = 0;
  bool longest_ended = true;   ///< Else it still waits.
  bool longest_within = true;  ///< It ended while the fault was in force.
  Ns median_change = 0;
  Ns slow = 0;                   ///< Limit above which an answer is slow.
  std::vector<Sample> examples;  ///< Some answers that are not the same.
};

/// Measures a hold, a brief trial or a longer hold. `samples` are the journey's, from control to the end of the watch.
Measured measure_hold(const record::TrialEnded& trial, const Journey& journey, std::span<const Sample> samples);
/// Measures a switchback by its blocks.
Measured measure_switchback(const record::TrialEnded& trial, const Journey& journey, std::span<const Sample> samples);

}  // namespace pl::facts

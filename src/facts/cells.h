#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "facts/words.h"
#include "record/kinds.h"

namespace pl::facts {

struct Facts;

/// A journey's steady state: what cells are compared with.
struct Steady {
  std::int64_t count = 0;
  std::int64_t success = 0;  ///< Complete, expected, same answers.
  Ns median = 0, p95 = 0, p99 = 0;
  double spread_percent = 0;   ///< Of the medians of its one-second parts, about their median.
  bool latency_steady = true;  ///< Else `degraded` is never decided for it.
  bool good = false;           ///< At least 95 % success: it gets cells.
  bool has_429 = false;        ///< 429 is seen without any fault.
  std::int64_t too_many = 0;   ///< Of those that are no success: answered with 429.
};

/// What an iteration's answer means, against the steady state (DESIGN 9's table).
enum class AnswerClass { same, changed, refused, error, misleading, lost_session, open };

/// An iteration that has not ended, for decisions while the load runs.
struct OpenIteration {
  std::int64_t journey = 0;
  Ns intended = 0;
};

/// One outcome that holds in a cell, with its counts.
struct OutcomeCount {
  Outcome outcome = Outcome::unaffected;
  std::int64_t count = 0;  ///< Answers (or waits) that showed it.
  std::int64_t of = 0;     ///< Answers in the holds.
};

/// Whose limit ended the longest wait.
enum class WaitEnd { none, application, fault_removed, not_seen };

/// What one journey saw of one experiment.
struct Cell {
  std::int64_t journey = 0;
  enum class State { decided, inconclusive, not_run } state = State::not_run;
  Outcome headline = Outcome::unaffected;  ///< The worst that holds; meaningful when decided.
  std::vector<OutcomeCount> all;           ///< Every outcome that holds, worst first.
  std::int64_t refused = 0;                ///< Of the graceful answers: open refusals. The rest were useful otherwise.
  bool uses_target = true;                 ///< The journey sends something on the faulted part when run alone.
  Ns longest_wait = 0;                     ///< Of an iteration that started before the fault's end.
  WaitEnd wait_end = WaitEnd::none;
  Ns bound = 0;          ///< The application's own bound, where wait_end is application.
  Ns recovery = 0;       ///< From the fault's end to the steady state; -1: not within the watch.
  Ns median_change = 0;  ///< Hold's median minus control's.
  std::int64_t trials = 0;
  std::string note;                    ///< One clause: "(does not use it)", "500 in 8 ms", "pooled 7 of 180".
  std::vector<std::int64_t> evidence;  ///< Frames: trials, and examples of answers.
};

/// What to do next for an experiment.
enum class Next { done, hold, switchback };

/// One experiment of the campaign with all its trials and what they decide.
struct Experiment {
  std::string key;  ///< "chaos.postgres.freeze".
  std::string fault;
  std::int64_t component = -1;
  std::int64_t edge = -1;
  std::vector<std::int64_t> edges;   ///< Faulted at once, where it is several.
  std::vector<std::int64_t> trials;  ///< Indices into Facts::trials.
  std::vector<Cell> cells;           ///< One per journey with a steady state.
  Next next = Next::done;
  bool core = true;  ///< The policy asks for it: what is open in it keeps a run from being ready.
  std::string note;  ///< "start script gave up after 2.1 s"; empty where there is nothing to say.
};

}  // namespace pl::facts

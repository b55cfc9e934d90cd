#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "facts/facts.h"
#include "facts/words.h"

namespace pl::facts {

/// A number with its unit, and how often it was measured.
struct Number {
  std::string name;  ///< "longest wait".
  double value = 0;
  std::string unit;          ///< "s", "ms", "%", "", "bytes".
  std::int64_t samples = 0;  ///< 0: not a measurement.
};

enum class Severity { blocking, warning, note };
std::string_view severity_word(Severity severity);

/// A thing that was found. No evidence, no finding.
struct Finding {
  std::string check;  ///< Id of the check: "chaos.outcome".
  Checkpoint checkpoint = Checkpoint::chaos;
  std::string subject;  ///< "postgres frozen", "web".
  Severity severity = Severity::note;
  Evidence evidence_class = Evidence::measured;
  std::string title;   ///< One sentence: what customers see.
  std::string why;     ///< One or two sentences.
  std::string remedy;  ///< What to change.
  std::vector<Number> numbers;
  std::vector<std::int64_t> evidence;  ///< Frames of the log; never empty.
  std::vector<std::string> cells;      ///< Keys of the experiments it rests on.
  std::string command;                 ///< Repeats it.
  std::string fingerprint;             ///< Stable between runs: hash of check, checkpoint and subject.
};

/// The answer to one question of DESIGN 1.
struct Answer {
  enum class State { answered, not_run, inconclusive };
  Checkpoint checkpoint = Checkpoint::architecture;
  std::string question;
  State state = State::not_run;
  std::string text;  ///< The answer, or why there is none.
  Evidence evidence_class = Evidence::measured;
  std::vector<std::int64_t> evidence;
};

/// A row of the table of checks: a pure function from facts to findings.
struct CheckRow {
  std::string_view id;
  Checkpoint checkpoint;
  std::string_view doc;
  std::vector<Finding> (*run)(const Facts& facts);
};

}  // namespace pl::facts

#pragma once
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "facts/facts.h"
#include "record/log.h"

namespace pl::engine {

/// The facts of a run while it is made. Observations come in from any thread and wait in a list, so that no instrument
/// ever waits for a fold; the engine's thread folds them when it looks.
class Live {
 public:
  /// To be called by the log for each observation that was appended.
  record::LogWriter::Observer observer();
  /// Facts with all that was appended so far. The engine's thread only; the reference holds until the next call.
  const facts::Facts& look();
  /// What was folded so far, without looking.
  const facts::Facts& facts() const { return fold_.facts(); }
  /// The same with all experiments decided: a copy.
  facts::Facts finished();
  /// From now on each observation is shown to `each` once, when it was folded.
  void watch(std::function<void(const record::Observation&)> each) { each_ = std::move(each); }

 private:
  std::mutex mutex_;  ///< Guards waiting_.
  std::vector<record::Observation> waiting_;
  facts::Fold fold_;
  std::function<void(const record::Observation&)> each_;
};

}  // namespace pl::engine

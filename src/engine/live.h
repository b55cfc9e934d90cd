#pragma once
#include <mutex>
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
  /// Facts with all that was appended so far. `each` sees what is new. The engine's thread only; the reference holds
  /// until the next call.
  const facts::Facts& look(const std::function<void(const record::Observation&)>& each = {});
  /// The same with all experiments decided: a copy.
  facts::Facts finished();

 private:
  std::mutex mutex_;  ///< Guards waiting_.
  std::vector<record::Observation> waiting_;
  facts::Fold fold_;
};

}  // namespace pl::engine

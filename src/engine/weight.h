#pragma once
#include <map>
#include <string>

#include "engine/state.h"

namespace pl::engine {

/// Processor time from its making until report(): what the instrument itself weighs, and what the components use.
class Weight {
 public:
  explicit Weight(Run& run);
  /// Writes one ProcessorUsed per part of the instrument and per component.
  void report(Run& run) const;

  /// Processor time so far by part, as ProcessorUsed.who names them.
  using Times = std::map<std::string, Ns>;
  static Times read(Run& run);

 private:
  Ns from_;
  Times before_;
};

}  // namespace pl::engine

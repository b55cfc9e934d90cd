#include "engine/live.h"

namespace pl::engine {

record::LogWriter::Observer Live::observer() {
  return [this](const record::Observation& observation) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(observation);
  };
}

const facts::Facts& Live::look() {
  std::vector<record::Observation> fresh;
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(waiting_);
  }
  for (const record::Observation& observation : fresh) {
    fold_.apply(observation);
    if (each_) each_(observation);
  }
  return fold_.facts();
}

facts::Facts Live::finished() {
  look();
  return fold_.finish();
}

}  // namespace pl::engine

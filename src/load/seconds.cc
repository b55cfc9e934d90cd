#include "load/seconds.h"

#include <algorithm>

namespace pl::load {
namespace {

Ns p99(std::vector<Ns>& values) {
  if (values.empty()) return 0;
  const std::size_t rank = (values.size() * 99 + 99) / 100 - 1;
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(rank));
  return values[rank];
}

}  // namespace

void Seconds::taken(Ns intended, Ns taken) {
  for (std::int64_t second = intended / kSec; second <= taken / kSec; ++second) {
    seconds_[second].lateness.push_back(taken - intended);
  }
  ++seconds_[taken / kSec].started;
}

void Seconds::missed(Ns intended) { seconds_[intended / kSec].missed = true; }

std::vector<record::GeneratorSecond> Seconds::over(Ns now) {
  std::vector<record::GeneratorSecond> out;
  while (!seconds_.empty() && (seconds_.begin()->first + 1) * kSec <= now) {
    auto& [number, second] = *seconds_.begin();
    const Ns late = p99(second.lateness);
    out.push_back({number, second.started, late, second.missed || late > allowed_});
    seconds_.erase(seconds_.begin());
  }
  return out;
}

}  // namespace pl::load

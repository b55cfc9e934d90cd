#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "proxy/fault.h"

namespace pl::proxy::faults {

/// Parameters of every fault on messages, behind those of its protocol.
inline constexpr std::array<ParameterRow, 2> kSelectionParameters{{
    {"share", "", "Share of the matching messages that it acts on, drawn by the seed.", 0, 1, 1},
    {"nth", "", "Only the nth matching message of all connections, counted from 1; 0: not used.", 0, 1e12, 0, true},
}};

/// Tables of parameters, one behind the other.
template <std::size_t... kSizes>
constexpr auto joined(const std::array<ParameterRow, kSizes>&... tables) {
  std::array<ParameterRow, (kSizes + ...)> all{};
  auto to = all.begin();
  ((to = std::copy(tables.begin(), tables.end(), to)), ...);
  return all;
}

/// Which of the messages that match a fault acts on. Shared by the connections of the fault.
class Selection {
 public:
  explicit Selection(const Values& values) { update(values); }
  /// Other values; the count goes on.
  void update(const Values& values) {
    share_ = values["share"];
    nth_ = static_cast<std::int64_t>(values["nth"]);
  }
  /// One more message matches: does the fault act on it? `rng`: the connection's own.
  bool takes(Rng& rng) {
    ++matched_;
    const bool drawn = share_ >= 1 || rng.uniform() < share_;
    return drawn && (nth_ == 0 || matched_ == nth_);
  }

 private:
  double share_ = 1;
  std::int64_t nth_ = 0;
  std::int64_t matched_ = 0;
};

}  // namespace pl::proxy::faults

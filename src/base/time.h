#pragma once
#include <cstdint>

namespace pl {

/// A point or length of time in nanoseconds. Points count from the start of the run unless a name says otherwise.
using Ns = std::int64_t;

inline constexpr Ns kUs = 1'000;
inline constexpr Ns kMs = 1'000'000;
inline constexpr Ns kSec = 1'000'000'000;

/// Seconds as a fraction, for printing.
constexpr double seconds(Ns ns) { return static_cast<double>(ns) / 1e9; }
/// Milliseconds as a fraction, for printing.
constexpr double millis(Ns ns) { return static_cast<double>(ns) / 1e6; }

}  // namespace pl

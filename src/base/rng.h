#pragma once
#include <cstdint>

namespace pl {

/// A small deterministic generator: xoshiro256** seeded by splitmix64 (Blackman and Vigna, "Scrambled linear
/// pseudorandom number generators", 2018). Same seed, same numbers, on every machine. Not for secrets.
class Rng {
 public:
  explicit Rng(std::uint64_t seed);
  /// 64 uniform bits.
  std::uint64_t next();
  /// Uniform in [0, 1).
  double uniform();
  /// Uniform in [0, bound); bound must be positive.
  std::uint64_t below(std::uint64_t bound);
  /// Exponential with the given mean.
  double exponential(double mean);

 private:
  std::uint64_t state_[4];
};

}  // namespace pl

#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace pl {

/// Counts of values by log-linear buckets (the layout of HdrHistogram with 3 significant digits: 1,024 to 2,048 equal
/// buckets per power of two, so no value is off by more than 0.1 %). Values are 0 to kHighest, in ns where they are
/// times; larger ones count as kHighest, negative ones as 0. Merging is commutative and loses nothing. Memory grows
/// with the largest value recorded: 8 KiB per power of two, 260 KiB at most. Not shared between threads while written.
class Histogram {
 public:
  static constexpr std::int64_t kHighest = 3600 * kSec;  ///< One hour.

  /// Counts `count` times a value; a count below 1 is ignored.
  void record(std::int64_t value, std::int64_t count = 1);
  void merge(const Histogram& other);
  void clear() { *this = Histogram(); }

  /// How many values were recorded.
  std::int64_t count() const { return total_; }
  bool empty() const { return total_ == 0; }
  /// Highest value of the highest bucket in use; 0 when empty.
  std::int64_t max() const;
  /// Lowest value of the lowest bucket in use; 0 when empty.
  std::int64_t min() const;
  /// Mean of the buckets' middles; 0 when empty.
  double mean() const;
  /// Smallest value (the top of its bucket) that at least p percent of the values do not exceed; 0 when empty. p is
  /// 0 to 100.
  std::int64_t percentile(double p) const;
  /// How many values lie in buckets wholly above the one of `value`.
  std::int64_t count_above(std::int64_t value) const;

  /// HdrHistogram's V2 encoding (big-endian header of 40 bytes, then counts as ZigZag LEB128 with runs of zero as
  /// negative numbers), uncompressed, as base64; the compressed form is not written and not read. Empty text when
  /// empty.
  std::string encode() const;
  /// The histogram of such a text, also one of other significant digits or units, whose values are then recorded anew.
  /// Errc::corrupt for anything else.
  static Result<Histogram> decode(std::string_view text);

  bool operator==(const Histogram&) const = default;

 private:
  std::vector<std::int64_t> counts_;  ///< By bucket; the last is never 0, so that equal contents compare equal.
  std::int64_t total_ = 0;
};

}  // namespace pl

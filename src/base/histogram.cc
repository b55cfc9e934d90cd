#include "base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/limits.h"
#include "base/sha256.h"

namespace pl {
namespace {

/// "A High Dynamic Range Histogram", encoding version 2: AbstractHistogram.java, V2EncodingCookieBase | 0x10.
constexpr std::uint32_t kCookie = 0x1c849313;
constexpr std::size_t kHeaderBytes = 40;
constexpr std::int64_t kDigits = 3;

int bit_width(std::int64_t value) { return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value))); }

/// Where values of a layout stand: 2^magnitude sub-buckets of 2^unit in the first bucket, then half as many, each twice
/// as wide, per further bucket.
struct Layout {
  int magnitude;
  int unit;

  std::size_t index(std::int64_t value) const {
    const std::int64_t scaled = value >> unit;
    const int bucket = std::max(0, bit_width(scaled) - magnitude);
    return (static_cast<std::size_t>(bucket) << (magnitude - 1)) + static_cast<std::size_t>(scaled >> bucket);
  }
  int bucket(std::size_t index) const { return std::max(0, static_cast<int>(index >> (magnitude - 1)) - 1); }
  std::int64_t lowest(std::size_t index) const {
    const int shift = bucket(index);
    const std::size_t sub = index - (static_cast<std::size_t>(shift) << (magnitude - 1));
    return static_cast<std::int64_t>(sub) << (shift + unit);
  }
  std::int64_t width(std::size_t index) const { return std::int64_t{1} << (bucket(index) + unit); }
  std::int64_t highest(std::size_t index) const { return lowest(index) + width(index) - 1; }
};

constexpr Layout kOurs{11, 0};

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// ZigZag LEB128 with at most 9 bytes: the ninth carries eight bits (ZigZagEncoding.java).
void put_zigzag(std::string& out, std::int64_t value) {
  std::uint64_t rest = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  for (int i = 0; i < 8 && rest >= 0x80; ++i, rest >>= 7) out += static_cast<char>((rest & 0x7f) | 0x80);
  out += static_cast<char>(rest);
}

/// Reads one number from the front of `bytes`; false at its end.
bool take_zigzag(std::string_view& bytes, std::int64_t& value) {
  std::uint64_t read = 0;
  for (int i = 0; i < 9; ++i) {
    if (bytes.empty()) return false;
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    read |= static_cast<std::uint64_t>(i == 8 ? byte : byte & 0x7f) << (7 * i);
    if (i == 8 || (byte & 0x80) == 0) break;
  }
  value = static_cast<std::int64_t>(read >> 1) ^ -static_cast<std::int64_t>(read & 1);
  return true;
}

std::unexpected<Error> corrupt(const char* what) { return fail(Errc::corrupt, std::string("histogram: ") + what); }

Result<Layout> layout_of(std::string_view header) {
  const auto digits = static_cast<std::int64_t>(big_endian(header.substr(12, 4)));
  const auto lowest = static_cast<std::int64_t>(big_endian(header.substr(16, 8)));
  if (big_endian(header.substr(8, 4)) != 0) return corrupt("a shifted index is not supported");
  if (digits < 1 || digits > 5 || lowest < 1 || lowest > Histogram::kHighest) return corrupt("header out of range");
  const std::int64_t resolution = 2 * std::llround(std::pow(10, digits));
  return Layout{bit_width(resolution - 1), bit_width(lowest) - 1};
}

}  // namespace

void Histogram::record(std::int64_t value, std::int64_t count) {
  if (count < 1) return;
  const std::size_t index = kOurs.index(std::clamp<std::int64_t>(value, 0, kHighest));
  if (index >= counts_.size()) counts_.resize(index + 1);
  counts_[index] += count;
  total_ += count;
}

void Histogram::merge(const Histogram& other) {
  if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
}

std::int64_t Histogram::max() const { return counts_.empty() ? 0 : kOurs.highest(counts_.size() - 1); }

std::int64_t Histogram::min() const {
  const auto first = std::ranges::find_if(counts_, [](std::int64_t count) { return count > 0; });
  return first == counts_.end() ? 0 : kOurs.lowest(static_cast<std::size_t>(first - counts_.begin()));
}

double Histogram::mean() const {
  if (total_ == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const double middle = static_cast<double>(kOurs.lowest(i)) + static_cast<double>(kOurs.width(i) - 1) / 2;
    sum += static_cast<double>(counts_[i]) * middle;
  }
  return sum / static_cast<double>(total_);
}

std::int64_t Histogram::percentile(double p) const {
  if (total_ == 0) return 0;
  const double share = std::clamp(p, 0.0, 100.0) / 100 * static_cast<double>(total_);
  // The small allowance keeps 99 % of 100 values at the 99th although 0.99 * 100 is a little more than 99.
  const auto wanted = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(share - 1e-9 * share)));
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) return kOurs.highest(i);
  }
  return max();
}

std::int64_t Histogram::count_above(std::int64_t value) const {
  std::int64_t above = 0;
  const std::size_t from = kOurs.index(std::clamp<std::int64_t>(value, 0, kHighest)) + 1;
  for (std::size_t i = from; i < counts_.size(); ++i) above += counts_[i];
  return above;
}

std::string Histogram::encode() const {
  if (total_ == 0) return {};
  std::string payload;
  for (std::size_t i = 0; i < counts_.size();) {
    std::int64_t zeros = 0;
    while (counts_[i] == 0) ++zeros, ++i;  // ends: the last count is never 0
    if (zeros == 1) put_zigzag(payload, 0);
    if (zeros > 1) put_zigzag(payload, -zeros);
    put_zigzag(payload, counts_[i++]);
  }
  std::string bytes;
  put_big_endian(bytes, kCookie, 4);
  put_big_endian(bytes, payload.size(), 4);
  put_big_endian(bytes, 0, 4);
  put_big_endian(bytes, kDigits, 4);
  put_big_endian(bytes, 1, 8);
  put_big_endian(bytes, kHighest, 8);
  put_big_endian(bytes, std::bit_cast<std::uint64_t>(1.0), 8);
  return base64_encode(bytes + payload);
}

Result<Histogram> Histogram::decode(std::string_view text) {
  Histogram histogram;
  if (text.empty()) return histogram;
  const std::string bytes = base64_decode(text);
  if (bytes.size() < kHeaderBytes) return corrupt("not base64, or shorter than its header");
  const std::string_view header = std::string_view(bytes).substr(0, kHeaderBytes);
  if (big_endian(header.substr(0, 4)) != kCookie) return corrupt("not HdrHistogram's uncompressed V2 encoding");
  std::string_view payload = std::string_view(bytes).substr(kHeaderBytes);
  if (big_endian(header.substr(4, 4)) != payload.size()) return corrupt("the length does not fit the header's");
  const Layout layout = PL_TRY(layout_of(header));
  std::size_t index = 0;
  while (!payload.empty()) {
    std::int64_t count = 0;
    if (!take_zigzag(payload, count)) return corrupt("cut in a number");
    if (count < -static_cast<std::int64_t>(limits::kHistogramBuckets)) return corrupt("a run beyond the last bucket");
    if (count <= 0) {
      index += count == 0 ? 1 : static_cast<std::size_t>(-count);
      continue;
    }
    if (index >= limits::kHistogramBuckets || layout.bucket(index) + layout.unit + layout.magnitude > 62)
      return corrupt("a value beyond the last bucket");
    if (count > std::numeric_limits<std::int64_t>::max() - histogram.total_) return corrupt("the counts overflow");
    histogram.record(layout.lowest(index++), count);
  }
  return histogram;
}

}  // namespace pl

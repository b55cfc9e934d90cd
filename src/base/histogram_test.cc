#include "base/histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "base/sha256.h"

using pl::Histogram;

namespace {

/// Values of every order of magnitude, as latencies have.
Histogram random_histogram(pl::Rng& rng, int values) {
  Histogram histogram;
  for (int i = 0; i < values; ++i)
    histogram.record(static_cast<std::int64_t>(std::pow(10, rng.uniform() * 12.5)), 1 + static_cast<int>(rng.below(3)));
  return histogram;
}

}  // namespace

TEST_CASE("every value is within 0.1 percent") {
  pl::Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    const auto value = static_cast<std::int64_t>(std::pow(10, rng.uniform() * 12.5));
    Histogram one;
    one.record(value);
    CHECK(one.min() <= value);
    CHECK(one.max() >= value);
    CHECK(one.max() - one.min() <= value / 1000);
    CHECK(one.percentile(50) == one.max());
  }
}

TEST_CASE("values outside the range are held to it") {
  Histogram histogram;
  histogram.record(-5);
  histogram.record(Histogram::kHighest * 2);
  histogram.record(7, 0);
  CHECK(histogram.count() == 2);
  CHECK(histogram.min() == 0);
  CHECK(histogram.max() >= Histogram::kHighest);
  CHECK(histogram.max() < Histogram::kHighest * 1.001);
}

TEST_CASE("percentiles agree with sorting") {
  pl::Rng rng(2);
  Histogram histogram;
  std::vector<std::int64_t> values;
  for (int i = 0; i < 5000; ++i) {
    values.push_back(static_cast<std::int64_t>(rng.exponential(20e6)));
    histogram.record(values.back());
  }
  std::ranges::sort(values);
  for (const double p : {1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(p / 100 * 5000 - 1e-6)) - 1;
    CHECK(histogram.percentile(p) == doctest::Approx(static_cast<double>(values[rank])).epsilon(0.001));
  }
  CHECK(histogram.count_above(values[4000]) == doctest::Approx(999).epsilon(0.01));
  CHECK(histogram.mean() == doctest::Approx(20e6).epsilon(0.1));
}

TEST_CASE("an empty histogram is empty text") {
  CHECK(Histogram().encode().empty());
  CHECK(Histogram().percentile(99) == 0);
  CHECK(Histogram::decode("").value() == Histogram());
}

TEST_CASE("merging is commutative, associative and loses nothing") {
  pl::Rng rng(3);
  for (int round = 0; round < 40; ++round) {
    const Histogram a = random_histogram(rng, round), b = random_histogram(rng, 60), c = random_histogram(rng, 7);
    Histogram ab = a, ba = b, all = a, rest = b;
    ab.merge(b);
    ba.merge(a);
    CHECK(ab == ba);
    CHECK(ab.count() == a.count() + b.count());
    all.merge(b);
    all.merge(c);
    rest.merge(c);
    rest.merge(a);
    CHECK(all == rest);
  }
}

TEST_CASE("decode returns what was encoded") {
  pl::Rng rng(4);
  for (int round = 0; round < 60; ++round) {
    Histogram histogram = random_histogram(rng, round * 5);
    histogram.record(static_cast<std::int64_t>(rng.below(5000)), std::int64_t{1} << rng.below(50));
    CHECK(Histogram::decode(histogram.encode()).value() == histogram);
  }
}

TEST_CASE("the encoding is HdrHistogram's V2") {
  Histogram histogram;
  histogram.record(1);
  histogram.record(4, 2);
  const std::string bytes = pl::base64_decode(histogram.encode());
  CHECK(pl::to_hex(bytes) ==
        "1c849313"
        "00000004"
        "00000000"
        "00000003"
        "0000000000000001"
        "0000034630b8a000"
        "3ff0000000000000"
        "00"
        "02"
        "03"
        "04");
}

TEST_CASE("a histogram of two digits is read") {
  // lowest 1, digits 2: 256 sub-buckets; index 256 is the value 256 (second bucket, 128 sub-buckets of 2).
  std::string bytes(
      "\x1c\x84\x93\x13\0\0\0\3\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1\0\0\3\x46\x30\xb8\xa0\0\x3f\xf0\0\0\0\0\0\0", 40);
  bytes += "\xff\x03\x06";  // a run of 256 zeros, then 3
  const Histogram read = Histogram::decode(pl::base64_encode(bytes)).value();
  CHECK(read.count() == 3);
  CHECK(read.min() == 256);
}

TEST_CASE("malformed texts are refused") {
  Histogram histogram;
  histogram.record(123456789);
  const std::string good = pl::base64_decode(histogram.encode());
  CHECK(!Histogram::decode("?"));
  CHECK(!Histogram::decode(pl::base64_encode(good.substr(0, 39))));
  CHECK(!Histogram::decode(pl::base64_encode(good.substr(0, good.size() - 1))));
  pl::Rng rng(5);
  for (int i = 0; i < 3000; ++i) {  // never a crash, whatever the bytes
    std::string broken = good;
    for (int j = 0; j < 3; ++j) broken[rng.below(broken.size())] = static_cast<char>(rng.next());
    const auto read = Histogram::decode(pl::base64_encode(broken));
    if (read) CHECK(read->count() >= 0);
  }
}

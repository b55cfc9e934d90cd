#include "base/rng.h"

#include <doctest/doctest.h>

TEST_CASE("the same seed gives the same numbers, another seed others") {
  pl::Rng a(7), b(7), c(8);
  const auto first = a.next();
  CHECK(first == b.next());
  CHECK(first != c.next());
}

TEST_CASE("uniform and exponential numbers have the mean they promise") {
  pl::Rng rng(1);
  double uniform = 0, exponential = 0;
  for (int i = 0; i < 100'000; ++i) {
    uniform += rng.uniform();
    exponential += rng.exponential(2.0);
  }
  CHECK(uniform / 100'000 == doctest::Approx(0.5).epsilon(0.01));
  CHECK(exponential / 100'000 == doctest::Approx(2.0).epsilon(0.02));
}

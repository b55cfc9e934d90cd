#include "proxy/descriptors.h"

#include <doctest/doctest.h>

using namespace pl::proxy;

TEST_CASE("the control API has a share of the open files that the proxies leave free") {
  for (const std::size_t files : std::initializer_list<std::size_t>{64, 256, 1024, 20'000, 1'000'000}) {
    CAPTURE(files);
    CHECK(api_connections(files) >= 8);
    CHECK(api_connections(files) < spare_descriptors(files));
    CHECK(spare_descriptors(files) <= files / 4);
  }
  CHECK(api_connections(0) > 0);
  CHECK(api_connections(1'000'000) <= 4096);
}

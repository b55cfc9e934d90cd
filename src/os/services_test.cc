#include "os/services.h"

#include <doctest/doctest.h>

TEST_CASE("the port of a service by its name, where the machine knows it") {
  const auto http = pl::os::service_port("http");
  CHECK((!http || *http == 80));  // a machine need not have /etc/services
  CHECK(!pl::os::service_port("no-such-service"));
  CHECK(!pl::os::service_port(""));
}

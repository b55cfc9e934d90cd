#include "os/net.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

using namespace pl;

TEST_CASE("connections that nobody accepted yet are counted") {
  const os::Fd listener = os::listen_tcp(os::parse_endpoint("127.0.0.1", 0).value()).value();
  const Endpoint at = os::local_endpoint(listener.get()).value();
  CHECK(os::queued_connects(at.port) == 0);
  const os::Fd first = os::connect_tcp(at).value();
  const os::Fd second = os::connect_tcp(at).value();
  CHECK(os::queued_connects(at.port) == 2);
  const os::Fd accepted(::accept(listener.get(), nullptr, nullptr));
  CHECK(accepted.get() >= 0);
  CHECK(os::queued_connects(at.port) == 1);
}

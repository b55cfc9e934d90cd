#include "sandbox/destinations.h"

#include <doctest/doctest.h>

#include "os/net.h"

using namespace pl;

namespace {

Endpoint at(const char* address, std::uint16_t port = 80) { return *os::parse_endpoint(address, port); }
sandbox::Destinations parsed(const std::vector<std::string>& allowed, const std::vector<Endpoint>& own = {}) {
  auto out = sandbox::Destinations::parse(allowed, own);
  REQUIRE(out);
  return *out;
}

}  // namespace

TEST_CASE("without configuration only loopback and the machine itself may be reached") {
  const auto none = parsed({}, {at("192.0.2.9", 0)});
  CHECK(none.permits(at("127.8.9.1")));
  CHECK(none.permits(at("::1")));
  CHECK(none.permits(at("192.0.2.9")));
  CHECK(!none.permits(at("192.0.2.10")));
  CHECK(!none.permits(at("2001:db8::1")));
  CHECK(!none.beyond_machine());
}

TEST_CASE("entries name addresses, ranges and ports") {
  const auto some = parsed({"192.0.2.7:443", "198.51.100.0/23", "[2001:db8::5]:80", "2001:db8:1::/48", "localhost:9"});
  CHECK(some.beyond_machine());
  CHECK(some.permits(at("192.0.2.7", 443)));
  CHECK(!some.permits(at("192.0.2.7", 80)));
  CHECK(some.permits(at("198.51.101.255")));
  CHECK(!some.permits(at("198.51.102.0")));
  CHECK(some.permits(at("2001:db8::5", 80)));
  CHECK(!some.permits(at("2001:db8::5", 81)));
  CHECK(some.permits(at("2001:db8:1:ffff::1")));
  CHECK(!some.permits(at("2001:db8:2::1")));
}

TEST_CASE("what is no destination is named in the error") {
  for (const char* bad : {"", "192.0.2.0/33", "192.0.2.1:99999", "192.0.2.1:x", "no such host", "/8", "["}) {
    const auto out = sandbox::Destinations::parse({bad}, {});
    REQUIRE(!out);
    CHECK(out.error().code == Errc::config);
    CHECK(out.error().message().find(bad) != std::string::npos);
  }
}

TEST_CASE("the unspecified address is taken as loopback, as the kernel does") {
  CHECK(sandbox::concrete(at("0.0.0.0", 7)) == at("127.0.0.1", 7));
  CHECK(sandbox::concrete(at("::", 7)) == at("::1", 7));
  CHECK(sandbox::concrete(at("10.0.0.0", 7)) == at("10.0.0.0", 7));
}

#include "os/net.h"

#include <doctest/doctest.h>
#include <net/if.h>
#include <sys/socket.h>

using namespace pl;

TEST_CASE("a link-local address keeps its zone, by name or by number, and no other does") {
  const Endpoint named = os::parse_endpoint("fe80::1%lo", 80).value();
  CHECK(named.scope == if_nametoindex("lo"));
  CHECK(os::endpoint_text(named) == "[fe80::1%lo]:80");
  CHECK(os::parse_endpoint("fe80::1%" + std::to_string(named.scope), 80).value() == named);
  CHECK(os::parse_endpoint("fe80::1", 80).value() != named);
  CHECK(os::address_text(os::parse_endpoint("fe80::1%4000000000", 0).value()) == "fe80::1%4000000000");
  CHECK(os::endpoint_text(os::parse_endpoint("::1%lo", 80).value()) == "[::1]:80");
  for (const char* wrong : {"fe80::1%", "fe80::1%no-such-interface", "fe80::1%-1", "fe80::1%lo%lo", "127.0.0.1%lo"}) {
    CHECK_FALSE(os::parse_endpoint(wrong, 80).has_value());
  }
  const os::SocketAddress raw = os::to_sockaddr(named);
  CHECK(os::to_endpoint(raw.get(), raw.length) == named);
  Endpoint global = os::parse_endpoint("2001:db8::1", 80).value();
  global.scope = 7;
  const os::SocketAddress unclear = os::to_sockaddr(global);
  CHECK(os::to_endpoint(unclear.get(), unclear.length).scope == 0);
}

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

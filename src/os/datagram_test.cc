#include "os/datagram.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <string>
#include <vector>

using namespace pl;

namespace {

std::optional<os::Datagram> next(int fd, std::span<char> room) {
  pollfd one{fd, POLLIN, 0};
  poll(&one, 1, 5000);
  return *os::receive_datagram(fd, room);
}

}  // namespace

TEST_CASE("a datagram comes whole, and its answer from the address that it was sent to") {
  std::vector<char> room(100);
  const os::Fd server = *os::listen_udp(*os::parse_endpoint("0.0.0.0", 0));
  const std::uint16_t port = os::local_endpoint(server.get())->port;
  for (const char* address : {"127.0.0.1", "127.0.0.2"}) {
    CAPTURE(address);
    const os::Fd client = *os::connect_udp(*os::parse_endpoint(address, port));
    CHECK_FALSE(*os::receive_datagram(client.get(), room));
    CHECK(os::send_datagram(client.get(), "ask"));
    const auto asked = next(server.get(), room);
    REQUIRE(asked);
    CHECK(asked->bytes == "ask");
    CHECK(os::to_endpoint(asked->from.address.get(), asked->from.address.length) == *os::local_endpoint(client.get()));
    CHECK(os::send_datagram(server.get(), "answer", &asked->from));
    const auto answered = next(client.get(), room);  // a connected socket hears that address alone
    REQUIRE(answered);
    CHECK(answered->bytes == "answer");
  }
}

TEST_CASE("a datagram that is too long is left out, and one to nobody is an error of the next call") {
  std::vector<char> room(10);
  const os::Fd server = *os::listen_udp(*os::parse_endpoint("127.0.0.1", 0));
  const Endpoint where = *os::local_endpoint(server.get());
  CHECK_FALSE(os::listen_udp(where));
  os::Fd client = *os::connect_udp(where);
  CHECK(os::send_datagram(client.get(), std::string(11, 'x')));
  CHECK(os::send_datagram(client.get(), ""));
  pollfd one{server.get(), POLLIN, 0};
  poll(&one, 1, 5000);
  const auto refused = os::receive_datagram(server.get(), room);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::limit);
  CHECK(next(server.get(), room)->bytes.empty());

  os::Fd other = *os::listen_udp(*os::parse_endpoint("127.0.0.1", 0));
  const Endpoint gone = *os::local_endpoint(other.get());
  client = *os::connect_udp(gone);
  other.reset();
  CHECK(os::send_datagram(client.get(), "x"));
  one.fd = client.get();
  poll(&one, 1, 5000);
  CHECK_FALSE(os::receive_datagram(client.get(), room));
  CHECK(os::send_datagram(client.get(), "x"));
}

#include "wire/sniff.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/rng.h"

using namespace pl;
using wire::Sniffed;
using std::literals::operator""s;

namespace {

struct Said {
  bool from_program;
  std::string bytes;
};
using Dialogue = std::vector<Said>;

std::string be(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string startup() {
  const std::string body = "user\0me\0database\0app\0\0"s;
  return be(static_cast<std::uint32_t>(body.size() + 8), 4) + be(196608, 4) + body;
}
std::string message(char type, const std::string& body) {
  return type + be(static_cast<std::uint32_t>(body.size() + 4), 4) + body;
}
std::string client_hello(const std::string& name) {
  const std::string list =
      be(static_cast<std::uint32_t>(name.size()) + 3, 2) + '\0' + be(static_cast<std::uint32_t>(name.size()), 2) + name;
  const std::string extensions =
      be(0x0a0a, 2) + be(1, 2) + "x"s + be(0, 2) + be(static_cast<std::uint32_t>(list.size()), 2) + list;
  const std::string hello = be(0x0303, 2) + std::string(32, 'r') + be(0, 1) + be(2, 2) + be(0x1301, 2) + be(1, 1) +
                            be(0, 1) + be(static_cast<std::uint32_t>(extensions.size()), 2) + extensions;
  const std::string handshake = be(1, 1) + be(static_cast<std::uint32_t>(hello.size()), 3) + hello;
  return be(0x16, 1) + be(0x0301, 2) + be(static_cast<std::uint32_t>(handshake.size()), 2) + handshake;
}

Sniffed sniff_split(const Dialogue& dialogue, Rng* rng) {
  wire::Sniffer sniffer;
  for (const Said& said : dialogue) {
    std::string_view rest = said.bytes;
    while (!rest.empty()) {
      const std::size_t count = rng ? 1 + rng->below(std::min<std::size_t>(rest.size(), 40)) : rest.size();
      sniffer.feed(said.from_program, rest.substr(0, count));
      rest.remove_prefix(count);
    }
  }
  return sniffer.seen();
}

struct Example {
  const char* name;
  Dialogue dialogue;
  Sniffed expected;
};

std::vector<Example> examples() {
  const std::string greeting = be(0x4a0000, 3) + be(0, 1) +
                               "\x0a"
                               "5.5.5-10.11.6-MariaDB-0+deb12u1"s +
                               std::string(1, '\0') + std::string(42, 'x');
  const std::string ready = message('R', be(0, 4)) + message('S', "application_name\0\0"s) +
                            message('S', "server_version\0"s + "15.8 (Debian 15.8-0+deb12u1)\0"s) + message('Z', "I");
  const std::string ssl = be(8, 4) + be(80877103, 4);
  return {
      {"http",
       {{true, "GET / HTTP/1.1\r\nHost: api.example.org:8080\r\n\r\n"},
        {false, "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 0\r\n\r\n"}},
       {"http", "nginx", "1.22.1", "api.example.org"}},
      {"http without server",
       {{true, "POST /v1/chat/completions HTTP/1.1\r\nhost: [::1]:80\r\n\r\n{}"}, {false, "HTTP/1.1 200 OK\r\n\r\n"}},
       {"http", "", "", "[::1]"}},
      {"http/2", {{true, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0"s}}, {"http", "", "", ""}},
      {"postgres", {{true, startup()}, {false, ready}}, {"postgres", "PostgreSQL", "15.8", ""}},
      {"postgres, TLS refused",
       {{true, ssl}, {false, "N"}, {true, startup()}, {false, ready}},
       {"postgres", "PostgreSQL", "15.8", ""}},
      {"postgres, TLS", {{true, ssl}, {false, "S"}, {true, client_hello("db")}}, {"postgres", "PostgreSQL", "", ""}},
      {"redis, INFO",
       {{true, "*1\r\n$4\r\nINFO\r\n"}, {false, "$60\r\n# Server\r\nredis_version:7.0.15\r\nredis_git:0\r\n"}},
       {"redis", "Redis", "7.0.15", ""}},
      {"redis, HELLO",
       {{true, "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n"},
        {false, "%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n"}},
       {"redis", "Redis", "7.2.4", ""}},
      {"redis, nothing said", {{true, "*1\r\n$4\r\nPING\r\n"}, {false, "+PONG\r\n"}}, {"redis", "", "", ""}},
      {"mysql", {{false, greeting}, {true, "\x20\0\0\1xxxxxxxx"s}}, {"mysql", "MariaDB", "10.11.6", ""}},
      {"tls", {{true, client_hello("api.openai.com")}}, {"tls", "", "", "api.openai.com"}},
      {"smtp", {{false, "220 mail ESMTP\r\n"}, {true, "EHLO me\r\n"}}, {"smtp", "", "", ""}},
      {"pop3", {{false, "+OK ready\r\n"}, {true, "USER me\r\n"}}, {"opaque", "", "", ""}},
      {"fastcgi", {{true, "\1\1\0\1\0\x08\0\0\0\1\0\0\0\0\0\0\1\4\0\1"s}}, {"fastcgi", "", "", ""}},
      {"memcached", {{true, "get session:1\r\n"}, {false, "END\r\n"}}, {"memcached", "", "", ""}},
      {"memcached, version",
       {{true, "version\r\n"}, {false, "VERSION 1.6.18\r\n"}},
       {"memcached", "memcached", "1.6.18", ""}},
      {"statsd", {{true, "stats.page:1|c\n"}}, {"opaque", "", "", ""}},
      {"amqp",
       {{true, "AMQP\0\0\x09\1"s},
        {false, "\1\0\0\0\0\1\xf8"s + "\x07productS"s + be(8, 4) + "RabbitMQ" + "\x07versionS"s + be(6, 4) + "3.10.8"}},
       {"amqp", "RabbitMQ", "3.10.8", ""}},
      {"mongodb", {{true, "\x3f\1\0\0\1\0\0\0\0\0\0\0\xd4\x07\0\0rest"s}}, {"mongodb", "", "", ""}},
      {"no mongodb", {{true, "\x3f\1\0\0\1\0\0\0\0\0\0\0\xd4\x08\0\0rest"s}}, {"opaque", "", "", ""}},
      {"nonsense", {{true, "GETTING NOWHERE\r\n"}}, {"opaque", "", "", ""}},
      {"zeroes", {{true, std::string(64, '\0')}}, {"opaque", "", "", ""}},
  };
}

}  // namespace

TEST_CASE("a protocol is told from its first bytes, however they are split") {
  Rng rng(1);
  for (const Example& example : examples()) {
    CAPTURE(example.name);
    const Sniffed whole = sniff_split(example.dialogue, nullptr);
    CHECK(whole.protocol == example.expected.protocol);
    CHECK(whole.product == example.expected.product);
    CHECK(whole.version == example.expected.version);
    CHECK(whole.server_name == example.expected.server_name);
    for (int round = 0; round < 200; ++round) REQUIRE(sniff_split(example.dialogue, &rng) == whole);
  }
}

TEST_CASE("random bytes neither crash nor hold more than the limit") {
  Rng rng(2);
  for (int round = 0; round < 3000; ++round) {
    const std::vector<Example> known = examples();
    Dialogue dialogue = known[rng.below(known.size())].dialogue;
    for (Said& said : dialogue) {
      for (int flips = 0; flips < 4; ++flips) said.bytes[rng.below(said.bytes.size())] = static_cast<char>(rng.next());
    }
    const Sniffed whole = sniff_split(dialogue, nullptr);
    CHECK(whole.version.size() <= 128);
    if (dialogue.size() == 1) CHECK(sniff_split(dialogue, &rng) == whole);
  }
  wire::Sniffer endless;
  for (int i = 0; i < 1000; ++i) endless.feed(false, std::string(100, 'x'));
  CHECK(endless.settled());
  CHECK(endless.seen().protocol == "opaque");
}

TEST_CASE("a greeting with too long a version is none, in one piece and in many") {
  const std::string greeting = "\x65\0\0\0\n9"s + std::string(140, 'v') + '\0';
  wire::Sniffer whole, pieces;
  whole.feed(false, greeting);
  for (const char c : greeting) pieces.feed(false, std::string(1, c));
  CHECK(whole.seen() == pieces.seen());
  CHECK(whole.seen().protocol != "mysql");
}

TEST_CASE("what begins like two protocols is the same one in one piece and in many") {
  // A client hello whose first 16 bytes are MongoDB's header too.
  const std::string hello = "\x16\x03\0\0\x2c\x01\0\0\x28\0\0\0\xd4\x07\0\0"s + std::string(40, 'x');
  wire::Sniffer whole, pieces;
  whole.feed(true, hello);
  for (const char c : hello) pieces.feed(true, std::string(1, c));
  CHECK(whole.seen().protocol == "tls");
  CHECK(pieces.seen() == whole.seen());
  // A message of MongoDB's, 790 bytes long, that begins like a client hello.
  wire::Sniffer message;
  message.feed(true, "\x16\x03\0\0\x07\x01\0\0\0\0\0\0\xdd\x07\0\0"s);
  CHECK(message.seen().protocol == "mongodb");
}

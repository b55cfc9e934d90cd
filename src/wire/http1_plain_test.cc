#include "wire/http1_plain.h"

#include <doctest/doctest.h>

#include <string>

#include "base/rng.h"
#include "wire/http1.h"

using namespace pl;
using namespace pl::wire;

namespace {

/// How many bytes the parser takes for the first message, 0 where it is not whole or refused.
std::size_t by_parser(std::string_view bytes, Http1Parser::Role role) {
  Http1Parser parser(role, Http1Parser::Keeps::framing);
  std::string_view rest = bytes;
  for (;;) {
    const Http1Parser::Step step = parser.next(rest);
    if (step == Http1Parser::Step::end) return bytes.size() - rest.size();
    if (step == Http1Parser::Step::more || step == Http1Parser::Step::error) return 0;
  }
}

std::size_t at_a_glance(std::string_view bytes, Http1Parser::Role role) {
  return role == Http1Parser::Role::request ? plain_request(bytes) : plain_answer(bytes);
}

const std::string kGet = "GET /a?b HTTP/1.1\r\nHost: h\r\nTe: x\r\nCookie: c=d\r\n\r\n";
const std::string kPost = "POST / HTTP/1.1\r\ncontent-LENGTH:  4\r\nContent-Type: x\r\n\r\nabcd";
const std::string kAnswer = "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length:3\r\nConnection: close\r\n\r\nabc";

}  // namespace

TEST_CASE("plain messages are told whole") {
  CHECK(plain_request(kGet) == kGet.size());
  CHECK(plain_request(kGet + kPost) == kGet.size());
  CHECK(plain_request(kPost + kGet) == kPost.size());
  CHECK(plain_answer(kAnswer + kAnswer) == kAnswer.size());
  CHECK(plain_answer("HTTP/1.1 500\r\nContent-Length: 0\r\n\r\n") == 35);
}

TEST_CASE("what is not plain, or not whole, is left to the parser") {
  for (const std::string_view bytes :
       {"HEAD / HTTP/1.1\r\n\r\n", "CONNECT h:1 HTTP/1.1\r\n\r\n", "get / HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\n\n", "\r\nGET / HTTP/1.1\r\n\r\n", "GET HTTP/1.1\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "PUT / HTTP/1.1\r\nContent-Length : 0\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 1,1\r\n\r\na", "PUT / HTTP/1.1\r\nContent-Length: +1\r\n\r\na",
        "PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "PUT / HTTP/1.1\r\n folded\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length:\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK(plain_request(bytes) == 0);
  }
  for (const std::string_view bytes :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 100 C\r\n\r\n", "HTTP/1.1 204 N\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 304 N\r\nContent-Length: 0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 2000\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 20\r\nContent-Length: 0\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK(plain_answer(bytes) == 0);
  }
  for (std::size_t most = 0; most < kPost.size(); ++most) CHECK(plain_request(kPost.substr(0, most)) == 0);
  for (std::size_t most = 0; most < kAnswer.size(); ++most) CHECK(plain_answer(kAnswer.substr(0, most)) == 0);
}

TEST_CASE("what is plain, the parser takes too, at the same length") {
  Rng rng(7);
  const std::string marks = "\r\n\t :;,09aCT-\x80\x7f";
  int plain = 0;
  for (int round = 0; round < 200'000; ++round) {
    const auto role = round % 2 == 0 ? Http1Parser::Role::request : Http1Parser::Role::response;
    std::string bytes = role == Http1Parser::Role::response ? kAnswer : round % 4 == 0 ? kGet : kPost;
    for (auto changes = rng.below(3); changes > 0; --changes) {
      const std::size_t at = rng.below(bytes.size());
      const std::string mark(1, marks[rng.below(marks.size())]);
      bytes.replace(at, rng.below(3), mark);
    }
    const std::size_t taken = at_a_glance(bytes, role);
    if (taken == 0) continue;
    CAPTURE(bytes);
    ++plain;
    REQUIRE(taken == by_parser(bytes, role));
  }
  CHECK(plain > 50'000);
}

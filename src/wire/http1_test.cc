#include "wire/http1.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "base/rng.h"

using namespace pl;
using wire::Http1Parser;

namespace {

/// Everything a parser says, with neighbouring pieces of a body joined.
std::string told(Http1Parser& parser, const std::vector<std::string_view>& pieces, bool fin) {
  std::string out;
  bool in_body = false;
  const auto tell = [&](Http1Parser::Step step) {
    if (step == Http1Parser::Step::more) return;
    if (step == Http1Parser::Step::body) {
      if (!in_body) out += "body:";
      out += parser.body();
      in_body = true;
      return;
    }
    if (in_body) out += "\n";
    in_body = false;
    if (step == Http1Parser::Step::head) {
      const auto& head = parser.head();
      out += "head:" + head.method + "," + head.target + "," + std::to_string(head.status) + "," + head.reason;
      for (const auto& [name, value] : head.headers) out += "|" + name + "=" + value;
      out += "\n";
    } else if (step == Http1Parser::Step::end) {
      out += parser.keep_alive() ? "end:keep" : "end:close";
      for (const auto& [name, value] : parser.trailers()) out += "|" + name + "=" + value;
      out += "\n";
    } else if (step == Http1Parser::Step::error) {
      out += "error:" + std::to_string(parser.error_status()) + "\n";
    }
  };
  for (std::string_view piece : pieces) {
    for (;;) {
      const auto step = parser.next(piece);
      tell(step);
      if (step == Http1Parser::Step::error) return out;
      if (step == Http1Parser::Step::more) break;
    }
    CHECK(piece.empty());
  }
  if (fin) tell(parser.finish());
  return out;
}

std::string told(Http1Parser::Role role, std::string_view text, bool fin = false) {
  Http1Parser parser(role);
  return told(parser, {text}, fin);
}

std::string of_request(std::string_view text) { return told(Http1Parser::Role::request, text); }
std::string of_response(std::string_view text, bool fin = false) {
  return told(Http1Parser::Role::response, text, fin);
}

const std::vector<std::pair<Http1Parser::Role, std::string>> kConversations = {
    {Http1Parser::Role::request,
     "\r\nGET /a?b=c HTTP/1.1\r\nHost: h\r\nX-Empty:\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\nContent-Length: "
     "5\r\n\r\nhello"
     "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nT: "
     "1\r\n\r\n"
     "GET /last HTTP/1.0\r\n\r\n"},
    {Http1Parser::Role::response,
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\nFolded: a\r\n b\r\n\r\nabc"
     "HTTP/1.1 204\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\nTransfer-Encoding: "
     "chunked\n\n1\nx\n0\n\nHTTP/1.1 500 Oh no\r\n\r\nuntil the close"},
    {Http1Parser::Role::response, "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabcHTTP/2 200\r\n\r\n"},
    {Http1Parser::Role::request, "GET / HTTP/1.1\r\nBad Field: x\r\n\r\n"},
};

}  // namespace

TEST_CASE("http1: any split in two gives the same messages") {
  for (const auto& [role, text] : kConversations) {
    Http1Parser whole(role);
    const std::string expected = told(whole, {text}, true);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      Http1Parser parser(role);
      const std::string_view view = text;
      CHECK(told(parser, {view.substr(0, cut), view.substr(cut)}, true) == expected);
    }
  }
}

TEST_CASE("http1: random splits, down to single bytes, give the same messages") {
  Rng rng(1);
  for (int round = 0; round < 200; ++round) {
    for (const auto& [role, text] : kConversations) {
      Http1Parser whole(role);
      const std::string expected = told(whole, {text}, true);
      std::vector<std::string_view> pieces;
      const std::uint64_t longest = 1 + rng.below(12);
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = 1 + rng.below(longest);
        pieces.push_back(std::string_view(text).substr(at, length));
        at += length;
      }
      Http1Parser parser(role);
      CHECK(told(parser, pieces, true) == expected);
    }
  }
}

TEST_CASE("http1: random bytes never break it") {
  Rng rng(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text = kConversations[rng.below(kConversations.size())].second;
    for (int i = 0; i < 4; ++i) text[rng.below(text.size())] = static_cast<char>(rng.below(256));
    of_request(text);
    of_response(text, true);
  }
}

TEST_CASE("http1: requests") {
  CHECK(of_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == "head:GET,/,0,|Host=a\nend:keep\n");
  CHECK(of_request("GET / HTTP/1.1\r\nConnection: x, Close\r\n\r\n").ends_with("end:close\n"));
  CHECK(of_request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").ends_with("end:keep\n"));
  CHECK(of_request("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab").ends_with("body:ab\nend:keep\n"));
}

TEST_CASE("http1: requests that must be refused") {
  CHECK(of_request("nonsense\r\n\r\n") == "error:400\n");
  CHECK(of_request("GET / HTTP/2.0\r\n\r\n") == "error:505\n");
  CHECK(of_request("GET / HTTP/1.1\r\nA : b\r\n\r\n") == "error:400\n");
  CHECK(of_request("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n") == "error:400\n");
  CHECK(of_request("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n") == "error:400\n");
  CHECK(of_request("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n") == "error:400\n");
  CHECK(of_request("GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") == "error:400\n");
  CHECK(of_request("GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n") == "error:400\n");
  CHECK(of_request("GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n") == "error:501\n");
  CHECK(of_request("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n").ends_with("error:400\n"));
  CHECK(of_request("GET /" + std::string(limits::kHttpHeadBytes, 'a')) == "error:431\n");
  std::string many = "GET / HTTP/1.1\r\n";
  for (std::size_t i = 0; i <= limits::kHttpFields; ++i) many += "a: b\r\n";
  CHECK(of_request(many) == "error:431\n");
}

TEST_CASE("http1: where the body of a response ends") {
  CHECK(of_response("HTTP/1.1 200 OK\r\n\r\nabc", true).ends_with("body:abc\nend:close\n"));
  CHECK(of_response("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", true).ends_with("body:abc\nerror:400\n"));
  CHECK(of_response("HTTP/1.1 101 Switching\r\n\r\nraw", true).ends_with("body:raw\nend:close\n"));
  CHECK(of_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n").ends_with("error:400\n"));
  Http1Parser parser(Http1Parser::Role::response);
  parser.next_has_no_body();
  CHECK(told(parser, {"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"}, true) ==
        "head:,,100,C\nend:keep\nhead:,,200,OK|Content-Length=9\nend:keep\n");
  CHECK(parser.idle());
}

TEST_CASE("http1: the encoder lets nothing slip into the head") {
  CHECK(wire::encode_request_head("GET", "/a\r\nb", {{"X", "1\r\nY: 2"}}) == "GET /ab HTTP/1.1\r\nX: 1Y: 2\r\n\r\n");
  CHECK(wire::encode_response_head(404, "", {}) == "HTTP/1.1 404 Not Found\r\n\r\n");
  CHECK(wire::encode_chunk("hello, world 0123") == "11\r\nhello, world 0123\r\n");
  CHECK(wire::encode_chunk("").empty());
}

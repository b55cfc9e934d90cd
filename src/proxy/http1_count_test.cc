#include "proxy/http1_count.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace pl;
using namespace pl::proxy;

namespace {

/// A dialogue, in pieces of so many bytes.
struct Dialogue {
  std::size_t most;
  Http1Count count{};

  std::string_view say(Way way, std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(most, bytes.size()))) count.passed(way, bytes.substr(0, most));
    return count.owed();
  }
  /// What is owed behind it.
  std::string_view up(std::string_view bytes) { return say(Way::up, bytes); }
  std::string_view down(std::string_view bytes) { return say(Way::down, bytes); }
};

const std::string kGet = "GET /a HTTP/1.1\r\nHost: h\r\nX-Content-Length: 9\r\n\r\n";
const std::string kAnswer = "HTTP/1.1 200 OK\r\nServer: s\r\ncontent-length:  3\r\n\r\nabc";

}  // namespace

TEST_CASE("what is owed on an HTTP/1.1 connection is known in any split") {
  for (const std::size_t most : {1, 2, 3, 7, 1000}) {
    CAPTURE(most);
    Dialogue one{most};
    CHECK(one.up(kGet + "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + kGet) == "QHQ");
    CHECK(one.down(kAnswer) == "HQ");
    CHECK(one.down("HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n") == "Q");
    CHECK(one.up("POST /b HTTP/1.1\r\nContent-Length: 8\r\n\r\nGET / HT") == "QQ");
    CHECK(one.down("HTTP/1.1 100 Continue\r\n\r\n") == "QQ");
    CHECK(one.down("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n") == "QQ");
    CHECK(!one.count.reader(Way::down).idle());
    CHECK(one.down("0\r\nTrailer: t\r\n\r\n") == "Q");
    CHECK(one.count.reader(Way::down).idle());
    CHECK(one.up("PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n") == "QQ");
    CHECK(!one.count.reader(Way::up).idle());
    CHECK(one.down("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n") == "");
    CHECK(one.up("0\r\n\r\n" + kGet.substr(0, 20)) == "");
    CHECK(!one.count.reader(Way::up).idle());
    CHECK(one.up(kGet.substr(20)) == "Q");
    CHECK(one.count.reader(Way::up).idle());
    CHECK(!one.count.lost());
  }
}

TEST_CASE("an answer that nobody asked for is not counted, one without a length takes the rest") {
  Dialogue one{1000};
  CHECK(one.up(kGet + kGet) == "QQ");
  CHECK(one.down(kAnswer + kAnswer + kAnswer) == "");
  CHECK(one.up(kGet) == "Q");
  CHECK(one.down("HTTP/1.1 200 OK\r\n\r\n" + kAnswer) == "Q");
  CHECK(!one.count.lost());
}

TEST_CASE("an HTTP/1.1 head is framed as it would be read whole") {
  for (const std::size_t most : {1, 2, 1000}) {
    CAPTURE(most);
    Dialogue one{most};
    CHECK(one.up(kGet + "HEAD / HTTP/1.1\r\n\r\n" + kGet) == "QHQ");
    CHECK(one.down("HTTP/1.1 204 X\r\n\r") == "QHQ");
    CHECK(one.down("\nHTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n") == "Q");
    CHECK(one.down("HTTP/1.1 200 OK\r\nX-Long: a\r\n  folded\r\nContent-Length: 2\r\n\r\nok") == "");
    CHECK(!one.count.lost());
    CHECK(one.up("POST / HTTP/1.1\r\nContent-Length : 5\r\n\r\nGET / ") == "");
    CHECK(one.count.lost());
  }
}

TEST_CASE("what is not HTTP/1.1, or becomes something else, is not counted") {
  const auto lost = [](std::string_view up, std::string_view down) {
    Dialogue one{1000};
    one.up(up);
    one.down(down);
    return one.count.lost();
  };
  CHECK(lost("EHLO example\r\n", ""));
  CHECK(lost("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""));
  CHECK(lost("CONNECT h:443 HTTP/1.1\r\n\r\n", ""));
  CHECK(lost("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\5hello"));
  CHECK(lost("GET / HTTP/1.1\r\n\r\n", "+OK\r\n"));
  CHECK(!lost("", "+OK\r\n"));
  CHECK(!lost("GET / HTTP/1.1\r\n\r\n", kAnswer));
}

#include <doctest/doctest.h>

#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("http_status: what matches is answered, with its fields; the rest goes to the server, in order") {
  Playbook book;
  book.play(R"(
    0 fault http_status {"status": 429, "body": "slow down", "content_type": "text/plain", "retry_after": 7, "path": "/v1/*", "headers": "X-A: b"}
    1 up GET /a HTTP/1.1\r\nHost: h\r\n\r\n
    1 > up GET /a HTTP/1.1\r\nHost: h\r\n\r\n
    2 up POST /v1/x?y HTTP/1.1\r\nContent-Length: 3\r\n\r\nab
    5 down HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok
    5 > down HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok
    6 up cGET /b HTTP/1.1\r\n\r\n
    6 > up GET /b HTTP/1.1\r\n\r\n
    6 > down HTTP/1.1 429 Too Many Requests\r\nX-A: b\r\nContent-Type: text/plain\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\nslow down
    9 fin up
    9 > fin up
    10 down HTTP/1.0 200 OK\r\n\r\nrest
    10 > down HTTP/1.0 200 OK\r\n\r\nrest
    11 fin down
    11 > fin down
  )");
  CHECK(book.measure(1).acted == 1);
}

TEST_CASE("http_status: an answer of its own waits for those before it, and for its delay") {
  Playbook book;
  book.play(R"(
    0 fault http_status {"path": "/b", "body": "", "content_type": "", "delay": 30}
    1 up GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n
    1 > up GET /a HTTP/1.1\r\n\r\n
    61.5 down HTTP/1.1 204 No Content\r\n\r\n
    61.5 > down HTTP/1.1 204 No Content\r\n\r\n
    62 > down HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n
    70 up HEAD /b HTTP/1.1\r\n\r\n
    100 > down HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n
    110 up GET /b HTTP/1.1\r\n\r\n
    120 remove 1
    120 > down HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n
  )");
  CHECK(book.measure(1).acted == 3);
  CHECK(book.measure(1).added.count() == 2);
}

TEST_CASE("faults on HTTP: the nth request alone, counted over all") {
  Playbook().play(R"(
    0 fault http_status {"status": 500, "nth": 2, "body": "", "content_type": "", "method": "put"}
    1 up PUT / HTTP/1.1\r\n\r\n
    1 > up PUT / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 204 No Content\r\n\r\n
    2 > down HTTP/1.1 204 No Content\r\n\r\n
    3 up GET / HTTP/1.1\r\n\r\n
    3 > up GET / HTTP/1.1\r\n\r\n
    4 down HTTP/1.1 204 No Content\r\n\r\n
    4 > down HTTP/1.1 204 No Content\r\n\r\n
    5 up PUT / HTTP/1.1\r\n\r\n
    5 > down HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n
    6 up PUT / HTTP/1.1\r\n\r\n
    6 > up PUT / HTTP/1.1\r\n\r\n
  )");
}

TEST_CASE("faults on HTTP: what is not HTTP, or no longer, passes untouched") {
  Playbook().play(R"(
    0 fault http_status
    1 up \x00\x01 no HTTP at all\n
    1 > up \x00\x01 no HTTP at all\n
    2 down \x00
    2 > down \x00
  )");
  Playbook().play(R"(
    0 fault http_delay
    1 up GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n
    1 > up GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n
    2 down HTTP/1.1 101 Switching Protocols\r\n\r\n\x81
    2 > down HTTP/1.1 101 Switching Protocols\r\n\r\n\x81
    3 up GET / HTTP/1.1\r\n\r\n\x00
    3 > up GET / HTTP/1.1\r\n\r\n\x00
  )");
}

TEST_CASE("faults on HTTP: the same from bytes that come one by one") {
  const std::string asked = "POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nxyGET /b HTTP/1.1\r\n\r\n";
  const std::string answered =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[{}]\r\n0\r\n\r\n";
  const FaultRow* row = *find_fault("http_malformed");
  Measure measure;
  const auto fault = *row->make(*read_values(*row, *Json::parse(R"({"path": "/a"})")), {Rng(1), 0, &measure});
  Chain chain;
  chain.add(1, fault->attach({}), std::make_shared<Measure>(), 0);
  for (const char c : asked) chain.arrive(Way::up, std::string_view(&c, 1), 0), chain.run(0);
  CHECK(chain.out(Way::up).view() == asked);
  for (const char c : answered) chain.arrive(Way::down, std::string_view(&c, 1), 0), chain.run(0);
  const std::string_view seen = chain.out(Way::down).view();
  CHECK(seen.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  CHECK(seen.ends_with("\r\n\r\n1\r\n[\r\n1\r\n{\r\n1\r\n \r\n1\r\n \r\n0\r\n\r\n"));
  CHECK(measure.acted == 1);
}

TEST_CASE("http_delay: the head late, and each part of the body; removal lets all of it go") {
  Playbook book;
  book.play(R"(
    0 fault http_delay {"head": 100, "between": 10}
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab
    102 > down HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n
    112 > down ab
    120 down c
    130 > down c
    140 down d
    145 remove 1
    145 > down d
  )");
  CHECK(book.measure(1).added.count() == 3);
}

TEST_CASE("faults on HTTP: other values reach an answer that waits, or is under way") {
  Playbook book;
  book.play(R"(
    0 fault http_delay {"head": 3600000, "between": 10}
    0 fault http_truncate {"bytes": 100}
    0 fault http_status {"path": "/own", "delay": 3600000}
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab
    50 update 1 {"head": 100, "between": 1000}
    102 > down HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n
    200 update 1 {"head": 100, "between": 10}
    200 > down ab
    201 up GET /own HTTP/1.1\r\n\r\n
    210 down cdefghi
    220 > down cdefghi
    300 update 3 {"path": "/own", "delay": 150, "status": 204}
    351 > down HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"error":"injected"}
    400 up GET /cut HTTP/1.1\r\n\r\n
    400 > up GET /cut HTTP/1.1\r\n\r\n
    401 down HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab
    501 > down HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n
    511 > down ab
    512 update 2 {"bytes": 3}
    520 down cdef
    530 > fin up
    530 > down c
    530 > fin down
  )");
}

TEST_CASE("http_truncate: the connection ends within the body") {
  Playbook().play(R"(
    0 fault http_truncate {"bytes": 3}
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef
    2 > fin up
    2 > down HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc
    2 > fin down
  )");
}

TEST_CASE("http_length: more or less than there is; in chunks: no last chunk") {
  Playbook().play(R"(
    0 fault http_length {"by": -2}
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc
    2 > down HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc
    3 up GET / HTTP/1.1\r\n\r\n
    3 > up GET / HTTP/1.1\r\n\r\n
    4 down HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n
    4 > down HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n
  )");
}

TEST_CASE("http_length: what has no length ends as it did: by the connection's end, or without a body") {
  Playbook().play(R"(
    0 fault http_length {"by": 5}
    1 up HEAD / HTTP/1.1\r\n\r\n
    1 > up HEAD / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n
    2 > down HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n
    3 up GET / HTTP/1.1\r\n\r\n
    3 > up GET / HTTP/1.1\r\n\r\n
    4 down HTTP/1.1 204 No Content\r\n\r\n
    4 > down HTTP/1.1 204 No Content\r\n\r\n
    5 up GET / HTTP/1.1\r\n\r\n
    5 > up GET / HTTP/1.1\r\n\r\n
    6 down HTTP/1.1 200 OK\r\n\r\nabc
    6 > down HTTP/1.1 200 OK\r\n\r\nabc
    7 down def
    7 > down def
    8 fin down
    8 > fin down
  )");
}

TEST_CASE("http_malformed: as long as it was, and no JSON; the server is asked for plain bytes") {
  Playbook().play(R"(
    0 fault http_malformed
    1 up POST / HTTP/1.1\r\nAccept-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxy
    1 > up POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nxy
    2 down HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a":[1]}\n
    2 > down HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a":[1  \n
  )");
}

TEST_CASE("http_close: the whole answer, then the end") {
  Playbook().play(R"(
    0 fault http_close
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok
    2 > fin up
    2 > down HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok
    2 > fin down
  )");
}

TEST_CASE("faults on HTTP: only what became of an answer counts as acted on") {
  const auto acted = [](const char* fault, const char* method, const char* answer) {
    const FaultRow* row = *find_fault(std::string(fault).substr(0, std::string(fault).find(' ')));
    auto measure = std::make_shared<Measure>();
    const std::string parameters = std::string(fault).substr(std::string(fault).find(' '));
    const auto made = *row->make(*read_values(*row, *Json::parse(parameters)), {Rng(1), 0, measure.get()});
    Chain chain;
    chain.add(1, made->attach({}), measure, 0);
    chain.arrive(Way::up, std::string(method) + " /a HTTP/1.1\r\n\r\n", 0);
    chain.run(0);
    CHECK(measure->acted == 0);  // nothing has come yet
    chain.arrive(Way::down, answer, 0);
    chain.run(0);
    CHECK(measure->lost == 0);
    return measure->acted;
  };
  constexpr const char* kText = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext";
  constexpr const char* kJson = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n[{}]";
  constexpr const char* kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  constexpr const char* kNone = "HTTP/1.1 204 No Content\r\n\r\n";
  CHECK(acted(R"(http_truncate {"bytes": 4})", "GET", kText) == 0);
  CHECK(acted(R"(http_truncate {"bytes": 3})", "GET", kText) == 1);
  CHECK(acted("http_malformed {}", "GET", kText) == 0);
  CHECK(acted("http_malformed {}", "GET", kJson) == 1);
  CHECK(acted("http_malformed {}", "HEAD", kHead) == 0);
  CHECK(acted("http_length {}", "GET", kText) == 1);
  CHECK(acted("http_length {}", "HEAD", kHead) == 0);
  CHECK(acted("http_length {}", "GET", kNone) == 0);
  CHECK(acted(R"(http_length {"by": 0})", "GET", kText) == 0);
  CHECK(acted("http_close {}", "GET", kNone) == 1);
}

TEST_CASE("http_length: an answer without a body is followed by the next") {
  Playbook().play(R"(
    0 fault http_length
    1 up GET /a HTTP/1.1\r\n\r\n
    1 > up GET /a HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 204 No Content\r\n\r\n
    2 > down HTTP/1.1 204 No Content\r\n\r\n
    3 up GET /b HTTP/1.1\r\n\r\n
    3 > up GET /b HTTP/1.1\r\n\r\n
    4 down HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok
    4 > down HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nok
  )");
}

TEST_CASE("http_status: an answer whose status forbids a body has none, and a type is given once") {
  Playbook().play(R"(
    0 fault http_status {"status": 204}
    1 up GET /a HTTP/1.1\r\n\r\n
    1 > down HTTP/1.1 204 No Content\r\n\r\n
    2 update 1 {"status": 304, "headers": "ETag: x"}
    3 up GET /a HTTP/1.1\r\n\r\n
    3 > down HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n
    4 update 1 {"status": 500, "headers": "content-type: text/plain\r\nX-A: b\n", "body": "no"}
    5 up GET /a HTTP/1.1\r\n\r\n
    5 > down HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/plain\r\nX-A: b\r\nContent-Length: 2\r\n\r\nno
  )");
}

TEST_CASE("faults on HTTP: fields that are none, framing, and a method that is none are refused") {
  const FaultRow* row = *find_fault("http_status");
  const auto refusal = [&](const char* name, const std::string& value) {
    Measure measure;
    const auto made = row->make(*read_values(*row, Json::object().set(name, value)), {Rng(1), 0, &measure});
    return made ? "" : made.error().detail;
  };
  CHECK(refusal("headers", "X-A: b\nX-B:\n") == "");
  CHECK(refusal("headers", "bad header").find("\"bad header\" is no field") != std::string::npos);
  CHECK(refusal("headers", "X-A: b\n\nX-B: c").find("\"\" is no field") != std::string::npos);
  CHECK(refusal("headers", "X A: b").find("is no field") != std::string::npos);
  CHECK(refusal("headers", "X-A: b\rX-B: c").find("control characters") != std::string::npos);
  CHECK(refusal("headers", "content-length: 3").find("content-length follows") != std::string::npos);
  CHECK(refusal("headers", "Transfer-Encoding: chunked").find("Transfer-Encoding follows") != std::string::npos);
  CHECK(refusal("method", "get") == "");
  CHECK(refusal("method", "G ET").find("method \"G ET\"") != std::string::npos);
}

TEST_CASE("faults on HTTP: trailers stay, and so does the version of a request that is written anew") {
  Playbook book;
  book.play(R"(
    0 fault http_delay {"head": 0}
    0 fault http_malformed {}
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 99\r\n\r\n
    2 > down HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 99\r\n\r\n
    3 up GET / HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n
    3 > up GET / HTTP/1.0\r\n\r\n
    4 down HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 2\r\n\r\n}]
    4 > down HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 2\r\n\r\n}]
  )");
  CHECK(book.measure(2).acted == 0);
}

TEST_CASE("http_status: the connection ends behind its answer where the client wants that") {
  Playbook().play(R"(
    0 fault http_status {"status": 204}
    1 up GET / HTTP/1.1\r\nConnection: close\r\n\r\n
    1 > fin up
    1 > down HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n
    1 > fin down
  )");
  Playbook().play(R"(
    0 fault http_status {"status": 204}
    1 up GET / HTTP/1.0\r\n\r\n
    1 > fin up
    1 > down HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n
    1 > fin down
  )");
}

TEST_CASE("faults on HTTP: what flows in a tunnel is none") {
  Playbook book;
  book.play(R"(
    0 fault http_status {"path": "/in"}
    1 up CONNECT a:1 HTTP/1.1\r\n\r\n
    1 > up CONNECT a:1 HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\n\r\n
    2 > down HTTP/1.1 200 OK\r\n\r\n
    3 up GET /in HTTP/1.1\r\n\r\n
    3 > up GET /in HTTP/1.1\r\n\r\n
  )");
  CHECK(book.measure(1).acted == 0);
}

TEST_CASE("faults on HTTP: words that are no method are not waited for, nor a head that is too long") {
  Playbook words;
  words.play(R"(
    0 fault http_status {}
    1 up JDWP-Handshake
    1 > up JDWP-Handshake
  )");
  CHECK(words.measure(1).opaque == 1);
  const std::string head = "GET / HTTP/1.1\r\nCookie: " + std::string(100'000, 'c') + "\r\n\r\n";
  Chain chain;
  const FaultRow& row = **find_fault("http_status");
  const auto measure = std::make_shared<Measure>();
  const auto fault = *row.make(*read_values(row, *Json::parse(R"({"path": "/never"})")), {Rng(1), 0, measure.get()});
  chain.add(1, fault->attach({}), measure, 0);
  std::size_t at = 0;
  while (at < head.size() && chain.reads(Way::up)) {
    chain.arrive(Way::up, std::string_view(head).substr(at, 1000), 0);
    chain.run(0);
    at += std::min<std::size_t>(1000, head.size() - at);
    chain.out(Way::up).consume(chain.out(Way::up).size());
  }
  CHECK(at == head.size());
  CHECK(measure->opaque == 1);
}

TEST_CASE("faults of a model: only requests to its routes are held until they are whole") {
  Playbook().play(R"(
    0 fault model_error {}
    1 up POST /dialog HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n
    1 > up POST /dialog HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n
  )");
}

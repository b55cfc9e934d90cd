#include <doctest/doctest.h>

#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

TEST_CASE("faults on HTTP: taken out within a head, or cut there by the server, no byte of it is lost") {
  Playbook().play(R"(
    0 fault http_truncate
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 O
    3 remove 1
    3 > down HTTP/1.1 200 O
    4 down K\r\n\r\n
    4 > down K\r\n\r\n
  )");
  Playbook().play(R"(
    0 fault http_truncate
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2
    2 > down HTTP/1.1 100 Continue\r\n\r\n
    3 fin down
    3 > down HTTP/1.1 2
    3 > fin down
  )");
}

TEST_CASE("faults on HTTP: an answer that is none passes untouched, in whatever pieces it comes") {
  Playbook().play(R"(
    0 fault http_delay
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1
    3 down .1 is not this\r\nrest
    3 > down HTTP/1.1 is not this\r\nrest
    4 down more
    4 > down more
    5 up GET / HTTP/1.1\r\n\r\n
    5 > up GET / HTTP/1.1\r\n\r\n
    6 down HTTP/1.1 204 No Content\r\n\r\n
    6 > down HTTP/1.1 204 No Content\r\n\r\n
  )");
}

TEST_CASE("faults on messages: what cannot be their protocol is not kept for want of a line's end") {
  for (const char* fault : {"http_status", "redis_error", "mysql_error", "postgres_error", "model_error"}) {
    CAPTURE(fault);
    Playbook().play(std::string("0 fault ") + fault + R"(
      1 up AMQP\x00\x00\x09\x01
      1 > up AMQP\x00\x00\x09\x01
      2 down \x01\x00\x00
      2 > down \x01\x00\x00
    )");
  }
  Playbook().play(R"(
    0 fault http_close
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down \x01\x00
    2 > down \x01\x00
  )");
  Playbook().play(R"(
    0 fault mysql_error
    1 down OK
    1 > down OK
  )");
}

TEST_CASE("faults on HTTP: what is no request behind a good one passes, and the good one's answer is dealt with") {
  Playbook().play(R"(
    0 fault http_close
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 up \x00\x01\n
    2 > up \x00\x01\n
    3 down HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok
    3 > fin up
    3 > down HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok
    3 > fin down
  )");
}

TEST_CASE("http_status: a request that breaks in its body reaches the server in no part") {
  Playbook().play(R"(
    0 fault http_status {"body": "", "content_type": ""}
    1 up POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n
    2 up no chunk\r\n
    2 > fin up
    2 > down HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n
    2 > fin down
  )");
}

TEST_CASE("http_status: an answer that is none, or a new protocol, ends a connection that waits for an own one") {
  Playbook().play(R"(
    0 fault http_status {"path": "/b"}
    1 up GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n
    1 > up GET /a HTTP/1.1\r\n\r\n
    2 down no HTTP\r\n
    2 > fin up
    2 > down no HTTP\r\n
    2 > fin down
  )");
}

TEST_CASE("faults on HTTP: a server that answers nothing makes no connection grow without bound") {
  const FaultRow& row = **find_fault("http_delay");
  const auto measure = std::make_shared<Measure>();
  const auto fault = *row.make(*read_values(row, {}), {Rng(1), 0, measure.get()});
  Chain chain;
  chain.add(1, fault->attach({}), measure, 0);
  const std::string_view request = "GET / HTTP/1.1\r\n\r\n";
  std::size_t sent = 0;
  for (std::size_t i = 0; i < limits::kHttpPending + 100; ++i) {
    chain.arrive(Way::up, request, 0);
    chain.run(0);
    sent += chain.out(Way::up).size();
    chain.out(Way::up).consume(chain.out(Way::up).size());
  }
  CHECK(sent == (limits::kHttpPending + 100) * request.size());
  CHECK(chain.opaque(1));  // those beyond limits::kHttpPending pass unread
  CHECK(measure->acted == 0);
}

TEST_CASE("faults on Redis: replies that are none end a connection of which half a command is gone") {
  Playbook().play(R"(
    0 fault redis_error {"command": "SET"}
    1 up *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\nab
    2 down HTTP/1.1 400 Bad Request\r\n
    2 > fin up
    2 > down HTTP/1.1 400 Bad Request\r\n
    2 > fin down
  )");
}

TEST_CASE(
    "faults on HTTP: taken out in mid-answer, the rest follows as the answer was framed, and then nothing stays") {
  Playbook().play(R"(
    0 fault http_delay {"head": 0, "between": 50}
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n
    2 > down HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n
    52 > down 2\r\nab\r\n
    60 down 2\r\ncd\r\n
    70 remove 1
    70 > down 2\r\ncd\r\n
    80 down 1\r\ne\r\n0\r\n\r\n
    80 > down 1\r\ne\r\n0\r\n\r\n
    90 up GET /b HTTP/1.1\r\n\r\n
    90 > up GET /b HTTP/1.1\r\n\r\n
    91 down HTTP/1.1 204 No Content\r\n\r\n
    91 > down HTTP/1.1 204 No Content\r\n\r\n
  )");
  Playbook().play(R"(
    0 fault http_truncate {"bytes": 100}
    1 up GET / HTTP/1.1\r\n\r\n
    1 > up GET / HTTP/1.1\r\n\r\n
    2 down HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab
    2 > down HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab
    3 remove 1
    4 down cdeHTTP/1.1 204 No Content\r\n\r\n
    4 > down cdeHTTP/1.1 204 No Content\r\n\r\n
  )");
}

TEST_CASE("faults of a model: taken out in mid-stream, the stream goes on to its end") {
  const std::string ask = R"(POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 29\r\n\r\n{"stream":true,"messages":[]})";
  const auto stream = [&](const std::string& fault, const std::string& at_once, const std::string& at_removal) {
    CAPTURE(fault);
    Playbook().play("0 fault " + fault + "\n1 up " + ask + "\n1 > up " + ask +
                    R"(
      2 down HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\ndata: 2\n\ndata: 3\n
      2 > down HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n)" +
                    at_once + "\n10 remove 1\n10 > down " + at_removal + R"(
      20 down \n
      20 > down 1\r\n\n\r\n
      30 fin down
      30 > down 0\r\n\r\n
      30 > fin down
    )");
  };
  const std::string one = R"(9\r\ndata: 1\n\n\r\n)", two = R"(9\r\ndata: 2\n\n\r\n)", three = R"(8\r\ndata: 3\n\r\n)";
  stream(R"(model_slow_tokens {"ms": 1000})", one, two + three);
  stream(R"(model_stall {"events": 1, "keep_alive": 1000})", one, R"(11\r\ndata: 2\n\ndata: 3\n\r\n)");
  stream(R"(model_stall {"events": 1})", one, R"(11\r\ndata: 2\n\ndata: 3\n\r\n)");
}

TEST_CASE("faults on HTTP: who waits to be told to send a body is told so while the head is held") {
  Playbook().play(R"(
    0 fault http_status {"status": 429, "body": "", "content_type": ""}
    1 up PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n
    1 > down HTTP/1.1 100 Continue\r\n\r\n
    2 up ab
    2 > down HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n
  )");
}

TEST_CASE("faults on HTTP that answer, one behind another: who let a request pass learns that it was answered behind") {
  Playbook().play(R"(
    0 fault http_status {"status": 501, "path": "/a", "body": "", "content_type": ""}
    0 fault http_status {"status": 502, "path": "/b", "body": "", "content_type": ""}
    1 up GET /b HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\n\r\n
    1 > down HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n
    2 > down HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n
    3 up GET /c HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\n\r\n
    3 > up GET /c HTTP/1.1\r\n\r\n
    7.5 down HTTP/1.1 204 No Content\r\n\r\n
    7.5 > down HTTP/1.1 204 No Content\r\n\r\n
    8 > down HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n
  )");
}

TEST_CASE("faults on HTTP: one that comes while an answer is under way goes on behind it") {
  Playbook(false).play(R"(
    0 up GET /a HTTP/1.1\r\n\r\n
    0 > up GET /a HTTP/1.1\r\n\r\n
    1 fault http_status {"status": 503, "body": "", "content_type": ""}
    2 down HTTP/1.1 204 No Con
    2 > down HTTP/1.1 204 No Con
    3 down tent\r\n\r\n
    3 > down tent\r\n\r\n
    4 up GET /b HTTP/1.1\r\n\r\n
    4 > down HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n
  )");
}

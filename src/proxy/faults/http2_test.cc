#include "proxy/faults/http2_for_test.h"

using namespace pl;
using namespace pl::proxy;
using wire::encode_http2_data;
using wire::encode_http2_window;
using wire::Http2Type;

TEST_CASE("http_status over HTTP/2: the stream is answered and the server never hears of it; others go on") {
  Http2Talk talk("http_status", R"({"status": 429, "retry_after": 7, "path": "/b", "body": "no", "content_type": ""})");
  talk.up(get(1, "/a") + post(3, "/b?x"));
  CHECK(talk.server() == "HEADERS 1 end :method=GET :scheme=http :path=/a\n");
  CHECK(talk.client() == "");  // the request is not whole
  talk.up(encode_http2_data(3, "body", false) + encode_http2_window(3, 100) + encode_http2_data(3, "", true));
  CHECK(talk.server() == "");
  CHECK(talk.client() ==
        "WINDOW 0 4\nWINDOW 3 4\nHEADERS 3 :status=429 retry-after=7 content-length=2\nDATA 3 end no\n");
  talk.down(ok(1) + encode_http2_data(1, "yes", true));
  CHECK(talk.client() == "HEADERS 1 :status=200\nDATA 1 end yes\n");
  // Two bytes were put in: the client's next updates reach the server less by that.
  talk.up(encode_http2_window(0, 5));
  CHECK(talk.server() == "WINDOW 0 3\n");
  CHECK(talk.measure().acted == 1);
}

TEST_CASE(
    "http_status over HTTP/2: a client that never ends its request is answered after a while, HEAD without a body") {
  Http2Talk talk("http_status", R"({"status": 503})");
  talk.up(post(1, "/"));
  talk.wait(900 * kMs);
  CHECK(talk.client() == "");
  talk.wait(200 * kMs);
  CHECK(talk.client().starts_with("HEADERS 1 :status=503"));
  talk.up(wire::encode_http2_headers(3, {{":method", "HEAD"}, {":path", "/"}}, true));
  const std::string head = talk.client();
  CHECK(head.starts_with("HEADERS 3 end :status=503"));
  CHECK(head.find("DATA") == head.npos);
}

TEST_CASE("faults over HTTP/2: what nothing is planned for passes byte for byte") {
  Http2Talk talk("http_status", R"({"path": "/none"})");
  const std::string block("\x82\x86\x84\x41\x0fwww.example.com", 20);
  const std::string again("\x82\x86\x84\xbe", 4);
  std::string asked = frame_of(Http2Type::headers, 0x2d, 1, std::string("\2\0\0\0\0\x10", 6) + block + "pp");
  asked += frame_of(Http2Type::headers, 0x5, 3, again) + frame_of(Http2Type::ping, 0, 0, "12345678");
  talk.up(asked);
  CHECK(talk.raw(Way::up) == asked);
  std::string answered = frame_of(Http2Type::headers, 0x4, 3, "\x88") + frame_of(Http2Type::data, 8, 3, "\3bodyppp");
  answered += frame_of(static_cast<Http2Type>(0x55), 1, 3, "unknown") + encode_http2_data(3, "x", true);
  for (const char c : answered) talk.down(std::string_view(&c, 1));
  CHECK(talk.raw(Way::down) == answered);
  talk.remove();
  CHECK(talk.chain().idle());
  CHECK(talk.measure().acted == 0);
}

TEST_CASE("faults over HTTP/2: behind a request that went nowhere, tables for compression are not used any more") {
  Http2Talk talk("http_status", R"({"path": "/"})");
  // The first enters :authority into the table, the second uses it: the server never saw the first.
  talk.up(frame_of(Http2Type::headers, 0x5, 1, std::string("\x82\x86\x84\x41\x0fwww.example.com", 20)));
  talk.up(frame_of(Http2Type::headers, 0x5, 3, std::string("\x82\x86\x85\xbe", 4)));
  CHECK(talk.server() == "HEADERS 3 end :method=GET :scheme=http :path=/index.html :authority=www.example.com\n");
  // Nor when the fault is gone.
  talk.remove();
  talk.up(frame_of(Http2Type::headers, 0x5, 5, std::string("\x82\x86\x84\xbe", 4)));
  CHECK(talk.server() == "HEADERS 5 end :method=GET :scheme=http :path=/ :authority=www.example.com\n");
  CHECK(talk.measure().acted == 1);
}

TEST_CASE("http_delay over HTTP/2: one stream waits, others do not; removal lets it go") {
  Http2Talk talk("http_delay", R"({"head": 100, "between": 10, "path": "/slow"})");
  talk.up(get(1, "/slow") + get(3, "/fast"));
  talk.server();
  talk.down(ok(1) + encode_http2_data(1, "ab", false) + ok(3) + encode_http2_data(3, "cd", true));
  CHECK(talk.client() == "HEADERS 3 :status=200\nDATA 3 end cd\n");
  talk.wait(99 * kMs);
  CHECK(talk.client() == "");
  talk.wait(kMs);
  CHECK(talk.client() == "HEADERS 1 :status=200\n");
  talk.wait(10 * kMs);
  CHECK(talk.client() == "DATA 1 ab\n");
  talk.down(encode_http2_data(1, "ef", true));
  CHECK(talk.client() == "");
  talk.remove();
  CHECK(talk.client() == "DATA 1 ef\nDATA 1 end\n");
  CHECK(talk.measure().added.count() == 2);
}

TEST_CASE("faults over HTTP/2: other times reach what waits") {
  Http2Talk slow("http_delay", R"({"head": 3600000})");
  slow.up(get(1, "/"));
  slow.down(ok(1) + encode_http2_data(1, "ab", true));
  slow.wait(kSec);
  CHECK(slow.client() == "");
  slow.change(R"({"head": 2000})");
  CHECK(slow.client() == "");
  slow.wait(kSec);
  CHECK(slow.client() == "HEADERS 1 :status=200\nDATA 1 ab\nDATA 1 end\n");
  Http2Talk own("http_status", R"({"status": 204, "delay": 3600000})");
  own.up(get(1, "/"));
  own.wait(kSec);
  own.change(R"({"status": 204, "delay": 1000})");
  CHECK(own.client() == "HEADERS 1 end :status=204\n");
}

TEST_CASE("http_truncate and model_cut over HTTP/2: the stream is reset, the connection lives on") {
  Http2Talk talk("http_truncate", R"({"bytes": 3, "path": "/cut"})");
  talk.up(get(1, "/cut"));
  talk.server();
  talk.down(ok(1, false, {{"content-length", "6"}}) + encode_http2_data(1, "abcdef", false));
  CHECK(talk.client() == "HEADERS 1 :status=200 content-length=6\nDATA 1 abc\nRST_STREAM 1 2\n");
  // The server may send as much as before, and no more on that stream.
  CHECK(talk.server() == "WINDOW 0 3\nWINDOW 1 3\nRST_STREAM 1 8\n");
  talk.down(encode_http2_data(1, "gh", true));
  CHECK(talk.client() == "");
  CHECK(talk.server() == "WINDOW 0 2\n");
  talk.up(get(3, "/"));
  talk.down(ok(3, true));
  CHECK(talk.client() == "HEADERS 3 end :status=200\n");
}

TEST_CASE("http_length, http_malformed and http_close over HTTP/2") {
  Http2Talk length("http_length", R"({"by": -2})");
  length.up(get(1, "/") + get(3, "/"));
  length.down(ok(1, false, {{"content-length", "3"}}) + encode_http2_data(1, "abc", true));
  CHECK(length.client() == "HEADERS 1 :status=200 content-length=1\nDATA 1 abc\nDATA 1 end\n");
  length.down(ok(3) + encode_http2_data(3, "abc", true));
  CHECK(length.client() == "HEADERS 3 :status=200\nDATA 3 abc\nDATA 3 end\n");  // no length that could be wrong

  Http2Talk malformed("http_malformed", "{}");
  malformed.up(wire::encode_http2_headers(1, {{":method", "GET"}, {":path", "/"}, {"accept-encoding", "gzip"}}, true));
  CHECK(malformed.server() == "HEADERS 1 end :method=GET :path=/\n");
  malformed.down(ok(1) + encode_http2_data(1, R"({"a":[1]})", true));
  CHECK(malformed.client() == "HEADERS 1 :status=200\nDATA 1 {\"a\":[1  \nDATA 1 end\n");
  CHECK(malformed.measure().opaque == 0);
  malformed.up(get(3, "/"));
  malformed.down(ok(3, false, {{"content-encoding", "br"}}) + encode_http2_data(3, "]", true));
  CHECK(malformed.client() == "HEADERS 3 :status=200 content-encoding=br\nDATA 3 ]\nDATA 3 end\n");
  CHECK(malformed.measure().opaque == 1);

  Http2Talk close("http_close", "{}");
  close.up(get(1, "/"));
  close.down(ok(1) + encode_http2_data(1, "ok", true));
  CHECK(close.client() == "HEADERS 1 :status=200\nDATA 1 ok\nDATA 1 end\nGOAWAY 1 0\n");
  CHECK(close.over());
}

TEST_CASE("http_goaway: what was begun is served, what is new goes nowhere, and then the connection ends") {
  Http2Talk talk("http_goaway", R"({"nth": 2})");
  talk.up(get(1, "/a") + get(3, "/b") + get(5, "/c"));
  CHECK(talk.server() ==
        "HEADERS 1 end :method=GET :scheme=http :path=/a\nHEADERS 3 end :method=GET :scheme=http "
        ":path=/b\n");
  CHECK(talk.client() == "GOAWAY 3 0\n");
  talk.down(ok(3, true));
  CHECK_FALSE(talk.over());
  talk.down(ok(1) + encode_http2_data(1, "x", true));
  CHECK(talk.client() == "HEADERS 3 end :status=200\nHEADERS 1 :status=200\nDATA 1 end x\n");
  CHECK(talk.over());
  CHECK(talk.measure().acted == 1);

  Http2Talk refused("http_goaway",
                    R"({"request": "refused", "error": "enhance_your_calm", "path": "/b", "drain": 50})");
  refused.up(get(1, "/a") + get(3, "/b"));
  CHECK(refused.server() == "HEADERS 1 end :method=GET :scheme=http :path=/a\n");
  CHECK(refused.client() == "GOAWAY 1 11\n");
  refused.wait(49 * kMs);
  CHECK_FALSE(refused.over());
  refused.wait(kMs);
  CHECK(refused.over());
}

TEST_CASE("http_goaway on HTTP/1.1: the answer says that it is the last") {
  Http2Talk talk("http_goaway", "{}", false);
  talk.up("GET / HTTP/1.1\r\n\r\n");
  CHECK(talk.raw(Way::up) == "GET / HTTP/1.1\r\n\r\n");
  talk.down("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(talk.raw(Way::down) == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  CHECK(talk.over());
}

TEST_CASE("faults over HTTP/2: requests whose bodies are read are held, and go on with them") {
  Http2Talk talk("model_error", R"({"kind": "rate_limited"})");
  const std::string chat = R"({"model":"m","messages":[]})";
  talk.up(post(1, "/v1/chat/completions") + encode_http2_window(1, 1000) +
          encode_http2_data(1, chat.substr(0, 9), false));
  CHECK(talk.server() == "");
  CHECK(talk.client() == "WINDOW 0 9\nWINDOW 1 9\n");
  talk.up(encode_http2_data(1, chat.substr(9), true));
  CHECK(talk.client().find("HEADERS 1 :status=429") != std::string::npos);
  CHECK(talk.server() == "");
  talk.up(post(3, "/v1/embeddings") + encode_http2_window(3, 1000) + encode_http2_data(3, "hel", false));
  talk.up(get(5, "/other"));
  CHECK(talk.server() == "");  // streams begin in their order
  talk.up(encode_http2_data(3, "lo", true));
  CHECK(
      talk.server() ==
      "HEADERS 3 :method=POST :scheme=http :path=/v1/embeddings\nWINDOW 3 1000\nHEADERS 5 end :method=GET :scheme=http "
      ":path=/other\nDATA 3 end hello\n");
  talk.client();
  // The server's update for bytes that the client was given already stays here.
  talk.down(encode_http2_window(0, 5) + encode_http2_window(0, 7));
  CHECK(talk.client() == "WINDOW 0 7\n");
}

TEST_CASE("faults over HTTP/2: bodies of their own stay within the client's windows") {
  Http2Talk talk("http_status",
                 R"({"body": ")"
                 "0123456789"
                 R"(", "content_type": ""})",
                 false);
  // SETTINGS_INITIAL_WINDOW_SIZE 4
  talk.up(std::string(wire::kHttp2Preface) + frame_of(Http2Type::settings, 0, 0, std::string("\0\4\0\0\0\4", 6)));
  talk.up(get(1, "/"));
  CHECK(talk.client() == "");  // the server's SETTINGS come first
  talk.down(frame_of(Http2Type::settings, 0, 0));
  CHECK(talk.client() == "SETTINGS\nHEADERS 1 :status=503 content-length=10\nDATA 1 0123\n");
  talk.up(encode_http2_window(1, 5));
  CHECK(talk.client() == "DATA 1 45678\n");
  talk.up(encode_http2_window(1, 5));
  CHECK(talk.client() == "DATA 1 end 9\n");
}

TEST_CASE("faults over HTTP/2: frames of their own do not fall into one that passes in parts") {
  Http2Talk talk("http_status", R"({"path": "/b", "body": "", "content_type": ""})");
  talk.up(get(1, "/a"));
  const std::string data = encode_http2_data(1, "0123456789", true);
  talk.down(ok(1) + data.substr(0, 12));
  talk.up(get(3, "/b"));
  talk.down(data.substr(12));
  CHECK(talk.client() == "HEADERS 1 :status=200\nDATA 1 end 0123456789\nHEADERS 3 end :status=503 content-length=0\n");
}

TEST_CASE("faults over HTTP/2: what breaks the protocol passes untouched, or ends what was acted on") {
  Http2Talk talk("http_status", R"({"path": "/b"})");
  const std::string garbage = frame_of(Http2Type::data, 0, 0, "of no stream") + "garbage";
  talk.up(get(1, "/a"));
  talk.raw(Way::up);
  talk.up(garbage);
  talk.down("anything");
  CHECK(talk.raw(Way::up) == garbage);
  CHECK(talk.raw(Way::down) == "anything");
  Http2Talk acted("http_status", "{}");
  acted.up(get(1, "/a"));
  acted.client();
  acted.up(garbage);
  CHECK(acted.client() == "GOAWAY 1 1\n");
  CHECK(acted.over());
}

TEST_CASE("faults over HTTP/2: an HTTP/1.1 server's answer to the preface passes") {
  Http2Talk talk("http_status", R"({"path": "/b"})", false);
  talk.up(std::string(wire::kHttp2Preface) + frame_of(Http2Type::settings, 0, 0));
  talk.down("HTTP/1.1 400 Bad Request\r\n\r\n");
  CHECK(talk.raw(Way::down) == "HTTP/1.1 400 Bad Request\r\n\r\n");
}

TEST_CASE("faults over HTTP/2: taken out within a frame, not a byte is lost") {
  const std::string asked = get(1, "/a") + get(3, "/c");
  const std::string begun = std::string(wire::kHttp2Preface) + frame_of(Http2Type::settings, 0, 0);
  for (std::size_t cut = 0; cut < begun.size() + asked.size(); ++cut) {
    Http2Talk talk("http_delay", R"({"path": "/b"})", false);
    const std::string all = begun + asked;
    talk.up(std::string_view(all).substr(0, cut));
    talk.remove();
    talk.up(std::string_view(all).substr(cut));
    CHECK(talk.raw(Way::up) == all);
  }
}

TEST_CASE("faults over HTTP/2: a client that resets a stream ends it everywhere") {
  Http2Talk talk("http_delay", R"({"head": 100})");
  talk.up(get(1, "/"));
  talk.server();
  talk.down(ok(1) + encode_http2_data(1, "abc", false));
  talk.up(wire::encode_http2_reset(1, wire::Http2Error::cancel));
  CHECK(talk.server() == "RST_STREAM 1 8\nWINDOW 0 3\n");
  talk.wait(kSec);
  CHECK(talk.client() == "");
}

TEST_CASE("faults over HTTP/2: one that comes later acts from where the connection is, within a frame too") {
  const std::string block("\x82\x86\x84\x41\x0fwww.example.com", 20);
  const std::string again("\x82\x86\x84\xbe", 4);
  std::string before = std::string(wire::kHttp2Preface) + frame_of(Http2Type::settings, 0, 0);
  before += frame_of(Http2Type::headers, 0x5, 1, block) + frame_of(Http2Type::headers, 0x5, 3, again);
  const FaultRow& row = **find_fault("http_status");
  const auto measure = std::make_shared<Measure>();
  const auto fault =
      *row.make(*read_values(row, *Json::parse(R"({"body": "", "content_type": ""})")), {Rng(1), 0, measure.get()});
  for (std::size_t cut = 33; cut <= before.size(); ++cut) {
    Http2State state;
    REQUIRE(state.passed(Way::up, std::string_view(before).substr(0, cut)));
    REQUIRE(state.passed(Way::down, frame_of(Http2Type::settings, 0, 0)));
    Chain chain;
    chain.add(1, fault->attach({.fresh = false, .http2 = &state}), measure, 0);
    // What has begun to go by goes on; the next request is answered, though its fields stand in the table alone.
    chain.arrive(Way::up, before.substr(cut) + frame_of(Http2Type::headers, 0x5, 5, again), 0);
    chain.run(0);
    Http2Text text(false);
    const std::string answered =
        text.of(frame_of(Http2Type::settings, 0, 0) + std::string(chain.out(Way::down).view()));
    CHECK(answered.ends_with("HEADERS 5 end :status=503 content-length=0\n"));
    CHECK(before.substr(cut).starts_with(chain.out(Way::up).view()));
  }
}

TEST_CASE("faults over HTTP/2: a request to a model that is longer than is read passes, and is not understood") {
  Http2Talk talk("model_error", "{}");
  const std::string part(16 << 10, ' ');
  talk.up(post(1, "/v1/chat/completions"));
  for (std::size_t sent = 0; sent < limits::kFaultMessageBytes; sent += part.size()) {
    CHECK(talk.measure().opaque == 0);
    talk.up(frame_of(wire::Http2Type::data, 0, 1, part));
  }
  CHECK(talk.measure().opaque == 1);
  CHECK(talk.measure().acted == 0);
  CHECK(talk.server().starts_with("HEADERS 1 :method=POST"));
}

TEST_CASE(
    "faults over HTTP/2: an answer with trailers that comes in one piece, and one that is a head alone, stay so") {
  Http2Talk talk("http_delay", R"({"head": 0})");
  const auto trailers = [](std::uint32_t stream) {
    return wire::encode_http2_headers(stream, {{"grpc-status", "0"}}, true);
  };
  talk.up(get(1, "/") + get(3, "/") + get(5, "/"));
  talk.down(ok(1) + encode_http2_data(1, "a", false) + trailers(1) + ok(3) + encode_http2_data(3, "b", false) +
            trailers(3) + ok(5, true, {{"grpc-status", "5"}}));
  CHECK(talk.client() ==
        "HEADERS 1 :status=200\nDATA 1 a\nHEADERS 1 end grpc-status=0\nHEADERS 3 :status=200\nDATA 3 b\n"
        "HEADERS 3 end grpc-status=0\nHEADERS 5 end :status=200 grpc-status=5\n");
}

TEST_CASE("faults over HTTP/2: what is said of a request that went nowhere does not reach the server") {
  Http2Talk talk("http_status", R"({"status": 204, "path": "/own"})");
  talk.up(get(1, "/own"));
  talk.wait(kSec);
  CHECK(talk.client() == "HEADERS 1 end :status=204\n");
  talk.up(frame_of(wire::Http2Type::rst_stream, 0, 1, std::string("\0\0\0\x8", 4)) +
          frame_of(wire::Http2Type::window_update, 0, 1, std::string("\0\0\0\x8", 4)));
  CHECK(talk.server() == "");
  talk.up(get(3, "/"));
  CHECK(talk.server().starts_with("HEADERS 3 end"));
}

TEST_CASE("faults over HTTP/2: a reset is behind what the server said before it") {
  Http2Talk talk("http_delay", R"({"head": 100})");
  talk.up(post(1, "/") + post(3, "/"));
  talk.down(ok(1) + encode_http2_data(1, "too big", true) +
            frame_of(wire::Http2Type::rst_stream, 0, 1, std::string("\0\0\0\0", 4)) + ok(3) +
            encode_http2_data(3, "half", false) +
            frame_of(wire::Http2Type::rst_stream, 0, 3, std::string("\0\0\0\x2", 4)));
  CHECK(talk.client() == "");
  talk.wait(100 * kMs);
  CHECK(talk.client() ==
        "HEADERS 1 :status=200\nDATA 1 too big\nDATA 1 end\nRST_STREAM 1 0\n"
        "HEADERS 3 :status=200\nDATA 3 half\nRST_STREAM 3 2\n");
}

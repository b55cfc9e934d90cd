#include <doctest/doctest.h>

#include "proxy/chain.h"

using namespace pl;
using namespace pl::proxy;

namespace {

/// A connection with one fault on messages.
struct Rig {
  explicit Rig(const char* name) {
    for (const FaultRow& row : fault_rows()) {
      if (row.name == name) fault = *row.make(*read_values(row, {}), {Rng(1), 0, measure.get()});
    }
    chain.add(1, fault->attach({}), measure, 0);
  }
  ~Rig() { chain.remove(1, 0); }
  /// What goes on when this comes.
  std::string after(Way way, std::string_view bytes) {
    chain.arrive(way, bytes, 0);
    chain.run(0);
    std::string out(chain.out(way).view());
    chain.out(way).consume(out.size());
    return out;
  }

  std::shared_ptr<Measure> measure = std::make_shared<Measure>();
  std::unique_ptr<Fault> fault;
  Chain chain;
};

constexpr const char* kOfEachProtocol[] = {"http_status", "postgres_error", "mysql_error", "redis_error"};

}  // namespace

TEST_CASE("a fault on messages passes what it does not understand untouched, and says so") {
  const std::string strange = "\x7f\x01strange\xff\n\x03\x02\x01 what is this\r\n\r\n";
  for (const char* name : kOfEachProtocol) {
    CAPTURE(name);
    Rig rig(name);
    REQUIRE(rig.fault);
    CHECK_FALSE(rig.chain.opaque(1));
    CHECK(rig.after(Way::down, strange) + rig.after(Way::up, strange) == strange + strange);
    CHECK(rig.after(Way::up, "more") == "more");
    CHECK(rig.after(Way::down, "more") == "more");
    CHECK(rig.chain.opaque(1));
    CHECK(rig.measure->opaque == 1);
    CHECK(rig.measure->acted == 0);
  }
}

TEST_CASE("what it understands is not opaque to it") {
  Rig http("http_delay"), redis("redis_slow");
  http.after(Way::up, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  redis.after(Way::up, "*1\r\n$4\r\nPING\r\n");
  for (Rig* rig : {&http, &redis}) {
    CHECK_FALSE(rig->chain.opaque(1));
    CHECK(rig->measure->opaque == 0);
  }
}

TEST_CASE("a connection that the server ends is not opaque for that") {
  for (const char* name : kOfEachProtocol) {
    CAPTURE(name);
    Rig rig(name);
    rig.chain.end(Way::down, End::fin, 0);
    rig.chain.run(0);
    CHECK(rig.chain.out_end(Way::down) == End::fin);
    CHECK(rig.measure->opaque == 0);
  }
}

TEST_CASE("a request to a model that is longer than is read passes, and is not understood") {
  const auto passes = [](Rig& rig, const std::string& path) {
    const std::string body = R"({"model":")" + std::string(limits::kFaultMessageBytes * 2, 'x') + R"(","messages":[]})";
    const std::string request =
        "POST " + path + " HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    constexpr std::size_t kPiece = 64 << 10;
    std::string out;
    for (std::size_t at = 0; at < request.size(); at += kPiece) out += rig.after(Way::up, request.substr(at, kPiece));
    for (int turn = 0; turn < 1000 && out.size() < request.size(); ++turn) out += rig.after(Way::up, "");
    CHECK((out == request));  // too long to be printed
    CHECK(rig.measure->acted == 0);
    return rig.measure->opaque;
  };
  Rig chat("model_error"), upload("model_error");
  CHECK(passes(chat, "/v1/chat/completions") == 1);
  CHECK(passes(upload, "/upload") == 0);  // no request to a model
}

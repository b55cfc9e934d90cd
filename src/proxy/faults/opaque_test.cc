#include <doctest/doctest.h>

#include "proxy/chain.h"

using namespace pl;
using namespace pl::proxy;
using std::string_literals::operator""s;

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

/// The beginning of a conversation in some protocol.
struct Foreign {
  std::string_view name, understood;  ///< By faults that are called so; "-": by none.
  std::vector<std::pair<Way, std::string>> said;
};
const Foreign kForeign[] = {
    {"HTTP/1.1",
     "http",
     {{Way::up, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}, {Way::down, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}}},
    {"HTTP/2",
     "http",
     {{Way::up, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s}, {Way::down, "\0\0\0\4\0\0\0\0\0"s}}},
    {"TLS",
     "-",
     {{Way::up, "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"s},
      {Way::down, "\x16\x03\x03\x00\x05\x02\x00\x00\x01\x03"s}}},
    {"PostgreSQL",
     "postgres",
     {{Way::up, "\0\0\0\x0f\0\3\0\0user\0a\0\0"s},
      {Way::down, "R\0\0\0\x08\0\0\0\0Z\0\0\0\5I"s},
      {Way::up, "Q\0\0\0\x0dselect 1\0"s},
      {Way::down, "C\0\0\0\x0dSELECT 1\0Z\0\0\0\5I"s}}},
    {"Redis", "redis", {{Way::up, "*1\r\n$4\r\nPING\r\n"}, {Way::down, "+PONG\r\n"}}},
    {"SSH",
     "-",
     {{Way::down, "SSH-2.0-OpenSSH_9.2\r\n"}, {Way::up, "SSH-2.0-OpenSSH_9.2\r\n"}, {Way::up, "\0\0\4\x14\7"s}}},
    {"SMTP", "-", {{Way::down, "220 mail ESMTP\r\n"}, {Way::up, "EHLO a\r\n"}, {Way::down, "250 mail\r\n"}}},
    {"MongoDB",
     "-",
     {{Way::up, "\x15\0\0\0\1\0\0\0\0\0\0\0\xdd\7\0\0\0\0\0\0\0"s},
      {Way::down, "\x15\0\0\0\2\0\0\0\1\0\0\0\xdd\7\0\0\0\0\0\0\0"s}}},
    {"AMQP", "-", {{Way::up, "AMQP\0\0\x09\1"s}, {Way::down, "\1\0\0\0\0\0\4\0\x0a\0\x0a\xce"s}}},
    {"MQTT", "-", {{Way::up, "\x10\x0d\0\4MQTT\4\2\0\x3c\0\1a"s}, {Way::down, "\x20\2\0\0"s}}},
    {"Kafka", "-", {{Way::up, "\0\0\0\x0d\0\x12\0\0\0\0\0\1\0\3cli"s}, {Way::down, "\0\0\0\x0a\0\0\0\1\0\0\0\0\0\0"s}}},
    {"memcached", "-", {{Way::up, "get a\r\n"}, {Way::down, "VALUE a 0 1\r\nb\r\nEND\r\n"}}},
    {"MySQL",
     "mysql",
     {{Way::down,
       "\x4a\0\0\0\x0a"
       "8.0.1\0"s +
           std::string(67, '\1')},
      {Way::up, "\x20\0\0\1\0\2\0\0"s + std::string(28, '\0')},
      {Way::down, "\7\0\0\2\0\0\0\2\0\0\0"s},
      {Way::up, "\x09\0\0\0\3select 1"s},
      {Way::down, "\7\0\0\1\0\0\0\2\0\0\0"s}}},
};

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

TEST_CASE("every fault on messages passes every other protocol untouched, in one piece and in many, and says so") {
  for (const FaultRow& row : fault_rows()) {
    if (row.applies != "exchange" || row.name == "postgres_failover") continue;  // which ends what ever it meets
    for (const Foreign& foreign : kForeign) {
      if (row.name.starts_with(foreign.understood)) continue;
      if (foreign.understood == "http" && row.name.starts_with("model")) continue;
      for (const std::size_t piece : {std::size_t{1000}, std::size_t{1}}) {
        CAPTURE(row.name);
        CAPTURE(foreign.name);
        CAPTURE(piece);
        Rig rig(std::string(row.name).c_str());
        for (const auto& [way, bytes] : foreign.said) {
          std::string heard;
          for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
            heard += rig.after(way, rest.substr(0, piece));
          CHECK(heard == bytes);
        }
        CHECK(rig.measure->opaque == 1);
        CHECK(rig.measure->acted == 0);
      }
    }
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

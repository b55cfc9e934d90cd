#include <doctest/doctest.h>

#include "proxy/chain.h"
#include "proxy/playbook_test.h"

using namespace pl;
using namespace pl::proxy;

namespace {

struct Stack {
  Chain chain;
  std::vector<std::unique_ptr<Fault>> faults;
  std::vector<std::shared_ptr<Measure>> measures;

  void put(std::string_view name, const char* json) {
    const FaultRow& row = *find_toxic(name);
    measures.push_back(std::make_shared<Measure>());
    faults.push_back(*row.make(*read_values(row, *Json::parse(json)), {Rng(1), 0, measures.back().get()}));
    chain.add(static_cast<std::int64_t>(faults.size()), faults.back()->attach({}), measures.back(), 0);
  }
  void update(std::size_t number, std::string_view name, const char* json) {
    faults[number - 1]->update(*read_values(*find_toxic(name), *Json::parse(json)));
  }
};

}  // namespace

TEST_CASE("faults on TLS: the first that wants something has its way, and is counted once") {
  Stack stack;
  CHECK(stack.chain.handshake() == Handshake::normal);
  stack.put("noop", "{}");
  CHECK(stack.chain.handshake() == Handshake::normal);
  stack.put("tls_certificate", "{}");
  stack.put("tls_stall", "{}");
  CHECK(stack.chain.handshake() == Handshake::expired);
  for (const auto& [kind, wanted] : {std::pair{R"({"kind": "not_yet_valid"})", Handshake::not_yet_valid},
                                     {R"({"kind": "wrong_name"})", Handshake::wrong_name},
                                     {R"({"kind": "untrusted"})", Handshake::untrusted}}) {
    stack.update(2, "tls_certificate", kind);
    CHECK(stack.chain.handshake() == wanted);
  }
  CHECK(stack.measures[1]->acted == 1);
  CHECK(stack.measures[2]->acted == 0);
  stack.chain.remove(2, 0);
  CHECK(stack.chain.handshake() == Handshake::stall);
  stack.chain.remove(3, 0);
  stack.put("tls_old", "{}");
  CHECK(stack.chain.handshake() == Handshake::old);
}

TEST_CASE("faults on TLS: bytes pass, and a kind that is none is refused with those there are") {
  Playbook().play(R"(
    0 toxic up tls_certificate {"kind": "untrusted"}
    0 toxic down tls_stall
    1 up ask
    1 > up ask
    2 down answer
    2 > down answer
    3 fin up
    3 > fin up
    4 rst down
    4 > rst down
  )");
  for (const char* kind :
       {R"({"kind": "late"})", R"({"kind": ""})", R"({"kind": 3})", R"({"kind": "expired untrusted"})"}) {
    const auto refused = read_values(*find_toxic("tls_certificate"), *Json::parse(kind));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("one of expired, not_yet_valid, wrong_name, untrusted") != std::string::npos);
  }
}

#include "proxy/flows.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/sha256.h"
#include "os/net.h"

namespace pl::proxy {

TEST_CASE("flow: a credential is told once, hashed, with its last two characters; a sender once per version") {
  Flow flow(FlowKey{7, 0, *os::parse_endpoint("127.0.0.1", 80)});
  wire::Sender sender;
  sender.credentials = {{"authorization", "a-long-secret-xy"}};
  sender.product = "Node.js";
  sender.version = "24.1.0";
  CHECK(flow.wants_sender());
  flow.sent(sender, "key");
  flow.sent(sender, "key");
  std::vector<record::Observation> seen;
  const record::Sink sink = [&](record::Observation observation) { seen.push_back(std::move(observation)); };
  const StatementTable table;
  flow.roll(1, kSec, table, sink);
  flow.roll(2, 2 * kSec, table, sink);
  REQUIRE(seen.size() == 2);
  const auto credential = record::decode<record::CredentialSeen>(seen[0].payload);
  CHECK(credential.hash == keyed_hash("key", "a-long-secret-xy"));
  CHECK(credential.tail == "xy");
  CHECK(credential.owner == 7);
  CHECK(credential.port == 80);
  CHECK(seen[0].payload.dump().find("a-long") == std::string::npos);
  CHECK(record::decode<record::SenderSeen>(seen[1].payload).version == "24.1.0");
}

TEST_CASE("flow: after some requests, and of other protocols, nothing more is read") {
  Flow flow(FlowKey{7, 0, *os::parse_endpoint("127.0.0.1", 80)});
  flow.sniffed({.protocol = "postgres", .product = "", .version = "", .server_name = ""});
  CHECK_FALSE(flow.wants_sender());
  Flow http(FlowKey{7, 0, *os::parse_endpoint("127.0.0.1", 81)});
  for (int i = 0; i < 100; ++i) http.sent({}, "key");
  CHECK_FALSE(http.wants_sender());
}

}  // namespace pl::proxy

#include "proxy/dns_stream.h"

#include <doctest/doctest.h>

#include "proxy/chain.h"

using namespace pl;
using namespace pl::proxy;

namespace {

/// A query for a name of one label and type A, as it stands on a connection.
std::string asked(const std::string& label, char id = 1) {
  std::string message = std::string{0, id} + std::string("\1\0\0\1\0\0\0\0\0\0", 10);
  message += static_cast<char>(label.size()) + label + std::string("\0\0\1\0\1", 5);
  return std::string{0, static_cast<char>(message.size())} + message;
}

std::string code(const std::string& query, wire::DnsCode code) {
  const std::string answer = wire::dns_answer(*wire::read_dns_query(std::string_view(query).substr(2)), code);
  return std::string{0, static_cast<char>(answer.size())} + answer;
}

/// A connection with one fault on queries.
struct Connected {
  const FaultRow* row;
  Measure measure;
  std::unique_ptr<DnsFault> dns;
  std::unique_ptr<DnsStreamFault> stream;
  Chain chain;

  explicit Connected(const char* name, const char* json = "{}", bool fresh = true) {
    row = find_toxic(name);
    dns = *row->make_dns(*read_values(*row, *Json::parse(json)), {Rng(1), 0, &measure});
    stream = std::make_unique<DnsStreamFault>(*dns, measure);
    chain.add(1, stream->attach({.fresh = fresh}), std::shared_ptr<Measure>(&measure, [](Measure*) {}), 0);
  }
  void update(const char* json, Ns now) {
    dns->update(*read_values(*row, *Json::parse(json)));
    chain.changed(1, now);
  }
  Connected& says(Way way, std::string_view bytes, Ns now = 0, std::size_t piece = 1000) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      chain.arrive(way, bytes.substr(0, piece), now);
      chain.run(now);
    }
    return *this;
  }
  /// What went on since it was last asked.
  std::string heard(Way way, Ns now = 0) {
    chain.run(now);
    std::string bytes(chain.out(way).view());
    chain.out(way).consume(bytes.size());
    return bytes;
  }
};

}  // namespace

TEST_CASE("DNS by TCP: a query that is meant gets the fault's answer, between whole answers, in pieces of any size") {
  const std::string first = asked("gone", 1), second = asked("here", 2);
  const std::string answer = code(second, wire::DnsCode::no_error);
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
    CAPTURE(piece);
    Connected one("dns_nxdomain", R"({"name": "gone"})");
    one.says(Way::up, second, 0, piece);
    one.says(Way::down, answer.substr(0, 9));
    one.says(Way::up, first + second, 0, piece);
    CHECK(one.heard(Way::up) == second + second);
    CHECK(one.heard(Way::down) == code(first, wire::DnsCode::no_such_name));
    one.says(Way::down, answer.substr(9), 0, piece);
    CHECK(one.heard(Way::down) == answer);
    CHECK(one.measure.acted == 1);
    CHECK(one.measure.lost == 0);
  }
}

TEST_CASE("DNS by TCP: what is lost gets no answer, and what is slow waits from when it came") {
  Connected lost("dns_timeout", R"({"name": "gone"})");
  lost.says(Way::up, asked("gone") + asked("here"));
  CHECK(lost.heard(Way::up) == asked("here"));
  CHECK(lost.heard(Way::down).empty());
  Connected slow("dns_slow", R"({"delay": 100})");
  slow.says(Way::up, asked("one"), 0).says(Way::up, asked("two"), 40 * kMs);
  CHECK(slow.heard(Way::up, 99 * kMs).empty());
  CHECK(slow.chain.next() == 100 * kMs);
  CHECK(slow.heard(Way::up, 100 * kMs) == asked("one"));
  CHECK(slow.heard(Way::up, 139 * kMs).empty());
  CHECK(slow.heard(Way::up, 140 * kMs) == asked("two"));
  CHECK(slow.measure.asked.count() == 2);
  slow.says(Way::up, asked("three"), 200 * kMs);
  slow.update(R"({"delay": 1000})", 210 * kMs);
  CHECK(slow.heard(Way::up, 300 * kMs).empty());
  slow.update(R"({"delay": 150})", 300 * kMs);
  CHECK(slow.heard(Way::up, 349 * kMs).empty());
  CHECK(slow.heard(Way::up, 350 * kMs) == asked("three"));
  CHECK(slow.measure.asked.max() < 160 * kMs);
}

TEST_CASE("DNS by TCP: what cannot be read, half a message and an open connection pass as they are") {
  const std::string none = std::string("\0\3abc", 5);
  Connected one("dns_servfail");
  one.says(Way::up, none + asked("a").substr(0, 6));
  CHECK(one.heard(Way::up) == none);
  one.chain.end(Way::up, End::fin, 0);
  CHECK(one.heard(Way::up) == asked("a").substr(0, 6));
  CHECK(one.chain.out_end(Way::up) == End::fin);
  Connected open("dns_servfail", "{}", false);
  open.says(Way::up, asked("a"));
  CHECK(open.heard(Way::up) == asked("a"));
  CHECK(open.measure.acted == 0);
  CHECK(open.chain.opaque(1));
}

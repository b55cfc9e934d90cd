#include "proxy/faults/dns.h"

#include <doctest/doctest.h>

#include <string>

using namespace pl;
using namespace pl::proxy;

namespace {

constexpr std::uint16_t kText = 16;

wire::DnsQuery query_of(const std::string& name, std::uint16_t type = wire::kDnsA,
                        std::uint16_t net = wire::kDnsInternet) {
  std::string message("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    message += static_cast<char>(end - at);
    message += name.substr(at, end - at);
    at = end + 1;
  }
  for (const int part : {0, type >> 8, type & 0xff, net >> 8, net & 0xff}) message += static_cast<char>(part);
  return *wire::read_dns_query(message);
}

/// A fault in force, asked about queries.
struct Asked {
  Measure measure;
  std::unique_ptr<DnsFault> fault;
  const FaultRow* row;
  std::uint64_t number = 0;

  explicit Asked(const char* name, const char* json = "{}") : row(find_toxic(name)) {
    fault = *row->make_dns(*read_values(*row, *Json::parse(json)), {Rng(1), 0, &measure});
  }
  DnsPlan about(const std::string& name, std::uint16_t type = wire::kDnsA) {
    return fault->plan(query_of(name, type), number++);
  }
  void update(const char* json) { fault->update(*read_values(*row, *Json::parse(json))); }
};

int code_of(const std::string& answer) { return answer.at(3) & 0xf; }

}  // namespace

TEST_CASE("a name that does not exist, and a name server that fails, answer with their codes") {
  Asked none("dns_nxdomain"), fails("dns_servfail");
  const DnsPlan plan = none.about("db.test");
  CHECK(plan.acts);
  CHECK_FALSE(plan.lost);
  CHECK(plan.after == 0);
  CHECK(code_of(plan.answer) == 3);
  CHECK(wire::answers_dns_query(plan.answer, query_of("db.test").question));
  CHECK(code_of(fails.about("db.test").answer) == 2);
  CHECK(none.measure.acted == 1);
}

TEST_CASE("a name with a final dot is the same, and the dot alone is the root") {
  Asked dotted("dns_nxdomain", R"({"name": "db.test."})"), root("dns_nxdomain", R"({"name": "."})");
  CHECK(dotted.about("db.test").acts);
  CHECK(root.about("").acts);
  CHECK_FALSE(root.about("db.test").acts);
}

TEST_CASE("a query that is lost has no answer; a slow one goes on after its delay") {
  Asked lost("dns_timeout"), slow("dns_slow", R"({"delay": 250})");
  CHECK(lost.about("db.test").lost);
  CHECK(lost.about("db.test").answer.empty());
  const DnsPlan plan = slow.about("db.test");
  CHECK(plan.acts);
  CHECK_FALSE(plan.lost);
  CHECK(plan.answer.empty());
  CHECK(plan.after == 250 * kMs);
  slow.update(R"({"delay": 20})");
  CHECK(slow.about("db.test").after == 20 * kMs);
}

TEST_CASE("a wrong address has the query's type, and other types are left alone") {
  Asked wrong("dns_wrong");
  CHECK(wrong.about("db.test").answer.ends_with(std::string("\0\0\0\1\0\4\300\0\2\1", 10)));
  CHECK(wrong.about("db.test", wire::kDnsAaaa)
            .answer.ends_with(std::string("\0\0\0\1\0\20\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 22)));
  CHECK_FALSE(wrong.about("db.test", kText).acts);
  CHECK(wrong.measure.acted == 2);
  wrong.update(R"({"address4": "10.1.2.3", "ttl": 60})");
  CHECK(wrong.about("db.test").answer.ends_with(std::string("\0\0\0\74\0\4\12\1\2\3", 10)));
}

TEST_CASE("an address that is none is refused") {
  const FaultRow* row = find_toxic("dns_wrong");
  Measure measure;
  for (const char* json : {R"({"address4": "2001:db8::1"})", R"({"address4": ""})", R"({"address6": "192.0.2.1"})"}) {
    CAPTURE(json);
    const auto refused = row->make_dns(*read_values(*row, *Json::parse(json)), {Rng(1), 0, &measure});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::config);
  }
  CHECK_FALSE(read_values(*row, *Json::parse(R"({"type": "AAAAA"})")));
}

TEST_CASE("names are matched as patterns in any case, with or without the final dot; types by their name") {
  Asked some("dns_nxdomain", R"({"name": "*.Example.com.", "type": "AAAA"})");
  CHECK(some.about("db.eXample.com", wire::kDnsAaaa).acts);
  CHECK_FALSE(some.about("example.com", wire::kDnsAaaa).acts);
  CHECK_FALSE(some.about("db.example.org", wire::kDnsAaaa).acts);
  CHECK_FALSE(some.about("db.example.com").acts);
  some.update(R"({"type": "TXT"})");
  CHECK(some.about("anything", kText).acts);
  CHECK_FALSE(some.about("anything").acts);
  CHECK_FALSE(some.fault->plan(query_of("version.bind", kText, 3), 9).acts);  // class CH
}

TEST_CASE("every type that can be named is a type") {
  std::string types(faults::kDnsTypes);
  for (std::size_t at = 0; at < types.size();) {
    const std::size_t end = std::min(types.find(", ", at), types.size());
    const std::string type = types.substr(at, end - at);
    CAPTURE(type);
    Asked one("dns_nxdomain", ("{\"type\": \"" + type + "\"}").c_str());
    CHECK_FALSE(one.about("a.test", 9999).acts);  // an unknown one would be any
    at = end + 2;
  }
}

TEST_CASE("the nth of the matching queries, or a share of them that follows from the seed") {
  Asked second("dns_timeout", R"({"name": "a.*", "nth": 2})");
  std::string acted;
  for (const char* name : {"a.test", "b.test", "a.test", "a.test"}) acted += second.about(name).acts ? 'x' : '-';
  CHECK(acted == "--x-");
  Asked share("dns_timeout", R"({"share": 0.3})"), again("dns_timeout", R"({"share": 0.3})");
  int count = 0;
  for (int i = 0; i < 1000; ++i) {
    const bool acts = share.about("a.test").acts;
    CHECK(acts == again.about("a.test").acts);
    count += acts ? 1 : 0;
  }
  CHECK(count > 240);
  CHECK(count < 360);
}

TEST_CASE("the DNS rows of the table are whole, and are no faults of an edge") {
  for (const FaultRow& row : dns_rows()) {
    CAPTURE(row.name);
    CHECK(row.is_dns());
    CHECK(row.applies == "dns");
    CHECK(find_toxic(row.name) == &row);
    CHECK_FALSE(find_fault(row.name));
    Asked one(std::string(row.name).c_str());
    one.update("{}");
    CHECK(one.about("a.test").acts);
  }
}

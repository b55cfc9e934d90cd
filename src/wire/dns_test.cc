#include "wire/dns.h"

#include <doctest/doctest.h>

#include <string>

#include "base/rng.h"

using namespace pl;
using namespace pl::wire;
using std::string_literals::operator""s;

namespace {

const std::string kHead = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"s;  // id 0x1234, RD, one question
const std::string kName = "\x03www\x07"s + "Example\x03"s + "com\x00"s;
const std::string kAskA = kHead + kName + "\x00\x01\x00\x01"s;
const std::string kOpt = "\x00\x00\x29\x10\x00\x00\x00\x80\x00\x00\x00"s;  // 4096 bytes, DO

std::string with_head(std::size_t at, char byte, std::string message = kAskA) {
  message[at] = byte;
  return message;
}

const std::string kAskExtended = with_head(11, 1) + kOpt;

}  // namespace

TEST_CASE("a query is read: id, flags, name, type, class and EDNS") {
  const auto query = read_dns_query(kAskA);
  REQUIRE(query);
  CHECK(query->id == 0x1234);
  CHECK(query->recursion);
  CHECK_FALSE(query->checking);
  CHECK(query->name == "www.Example.com");
  CHECK(query->type == kDnsA);
  CHECK(query->net == kDnsInternet);
  CHECK(query->question == kName + "\x00\x01\x00\x01"s);
  CHECK_FALSE(query->extended);
  const auto extended = read_dns_query(kAskExtended);
  REQUIRE(extended);
  CHECK(extended->extended);
  CHECK(extended->dnssec);
  CHECK(read_dns_query(kHead + "\x00\x00\x02\x00\x01"s)->name.empty());  // the root
  CHECK(read_dns_query(kHead + "\x04" + "a.\\\xff\x00\x00\x01\x00\x01"s)->name == "a\\.\\\\\\255");
}

TEST_CASE("a query cut off anywhere is none, and neither is one with bytes behind it") {
  for (std::size_t size = 0; size < kAskExtended.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read_dns_query(kAskExtended.substr(0, size)));
  }
  CHECK_FALSE(read_dns_query(kAskA + "x"));
}

TEST_CASE("what is no standard query with one question is none") {
  CHECK_FALSE(read_dns_query(with_head(2, '\x81')));  // an answer
  CHECK_FALSE(is_dns_query(with_head(2, '\x81')));
  CHECK_FALSE(read_dns_query(with_head(2, '\x28')));  // UPDATE
  CHECK(is_dns_query(with_head(2, '\x28')));
  CHECK_FALSE(read_dns_query(with_head(5, 0)));
  CHECK_FALSE(read_dns_query(with_head(5, 2)));
  CHECK_FALSE(read_dns_query(with_head(11, 2, kAskExtended + kOpt)));  // OPT twice
  CHECK_FALSE(is_dns_query(kHead.substr(0, 11)));
  // More records than there can be.
  CHECK_FALSE(read_dns_query(with_head(6, '\xff', with_head(7, '\xff'))));
  std::string large = with_head(11, 1) + kOpt;
  large[large.size() - 2] = '\x10';  // 4096 bytes of options
  CHECK_FALSE(read_dns_query(large + std::string(4096, 'x')));
}

TEST_CASE("names: labels of 63 bytes, 255 in all, pointers lead back, and none in a loop") {
  const std::string label = "\x3f" + std::string(63, 'a'), type = "\x00\x01\x00\x01"s;
  const std::string most = label + label + label + "\x3d" + std::string(61, 'b') + "\x00"s;
  CHECK(read_dns_query(kHead + most + type));
  CHECK_FALSE(read_dns_query(kHead + label + label + label + "\x3e" + std::string(62, 'b') + "\x00"s + type));
  CHECK_FALSE(read_dns_query(kHead + "\x40" + std::string(64, 'a') + "\x00"s + type));
  CHECK_FALSE(read_dns_query(kHead + "\xc0\x0c"s + type));            // to itself
  CHECK_FALSE(read_dns_query(kHead + "\x01" + "a\xc0\x0c"s + type));  // to its own label
  CHECK_FALSE(read_dns_query(kHead + "\xc0\x0e\xc0\x0c"s + type));    // to the next, and back
  CHECK_FALSE(read_dns_query(kHead + "\xc0\x00"s + type));            // into the head
  CHECK_FALSE(read_dns_query(kHead + "\xff\xff"s + type));
  // A record whose name points to the question's passes.
  const std::string record = "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\xc0\x00\x02\x01"s;
  CHECK(read_dns_query(with_head(7, 1) + record));
}

TEST_CASE("an answer has the query's id, question, RD, CD and EDNS, and is taken for its answer") {
  const auto query = *read_dns_query(kAskA);
  CHECK(dns_answer(query, DnsCode::no_such_name) ==
        "\x12\x34\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00"s + query.question);
  CHECK(dns_answer(query, "\xc0\x00\x02\x01"s, 300) ==
        "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"s + query.question +
            "\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x00\x02\x01"s);
  const auto extended = *read_dns_query(with_head(3, '\x10', with_head(2, 0, kAskExtended)));
  CHECK(dns_answer(extended, DnsCode::server_failure) == "\x12\x34\x80\x92\x00\x01\x00\x00\x00\x00\x00\x01"s +
                                                             query.question +
                                                             "\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00"s);
  CHECK(answers_dns_query(dns_answer(query, DnsCode::no_such_name), query.question));
}

TEST_CASE("only an answer with the same question is one, letter case aside") {
  const auto query = *read_dns_query(kAskA);
  const std::string answer = dns_answer(query, DnsCode::no_error);
  CHECK(answers_dns_query(with_head(13, 'W', answer), query.question));
  CHECK_FALSE(answers_dns_query(with_head(13, 'v', answer), query.question));
  CHECK_FALSE(answers_dns_query(with_head(answer.size() - 3, 28, answer), query.question));
  CHECK_FALSE(answers_dns_query(kAskA, query.question));
  CHECK_FALSE(answers_dns_query(answer.substr(0, 20), query.question));
  CHECK_FALSE(answers_dns_query("", query.question));
  const std::string bare = "\x12\x34\x80\x81\x00\x00\x00\x00\x00\x00\x00\x00"s;
  CHECK(answers_dns_query(bare, query.question));  // FORMERR without a question
  CHECK_FALSE(answers_dns_query(with_head(3, '\x80', bare), query.question));
  CHECK(answers_dns_query(with_head(3, '\x80', bare), ""));
}

TEST_CASE("ids are changed in place") {
  std::string message = kAskA;
  set_dns_id(message, 0xfe01);
  CHECK(dns_id(message) == 0xfe01);
  CHECK(message.substr(2) == kAskA.substr(2));
}

TEST_CASE("random bytes, alone and in a query, are read without harm") {
  Rng rng(5);
  for (int round = 0; round < 20'000; ++round) {
    std::string message = round % 2 == 0 ? kAskExtended : std::string(rng.below(64), '\0');
    for (std::uint64_t i = rng.below(8) + 1; i > 0 && !message.empty(); --i) {
      message[rng.below(message.size())] = static_cast<char>(rng.below(256));
    }
    const auto query = read_dns_query(message);
    answers_dns_query(message, kAskA.substr(12));
    if (!query) continue;
    CHECK(query->question.size() <= 259);
    CHECK(answers_dns_query(dns_answer(*query, DnsCode::no_error), query->question));
  }
}

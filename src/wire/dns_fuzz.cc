#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "wire/dns.h"

namespace {

using namespace pl::wire;

/// An answer of our own answers the query, and under a query's flags reads as one with the same question.
void check_answer(const DnsQuery& query, std::string answer) {
  PL_ASSERT(answers_dns_query(answer, query.question) && !is_dns_query(answer));
  answer[2] = static_cast<char>(answer[2] & 0x7f);
  const auto again = read_dns_query(answer);
  PL_ASSERT(again && again->id == query.id && again->name == query.name && again->question == query.question);
  PL_ASSERT(again->extended == query.extended && again->dnssec == query.dnssec);
  PL_ASSERT(again->recursion == query.recursion && again->checking == query.checking);
}

}  // namespace

/// Any bytes as a query, and as an answer to one of any bytes: the first byte chooses where the two part.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = bytes.size() * data[0] / 255;
  const auto query = read_dns_query(bytes.substr(0, cut));
  answers_dns_query(bytes.substr(cut), query ? query->question : std::string_view());
  if (!query) return 0;
  check_answer(*query, dns_answer(*query, DnsCode::no_such_name));
  if (query->type == kDnsA) check_answer(*query, dns_answer(*query, std::string_view("\xc0\0\2\1", 4), 1));
  return 0;
}

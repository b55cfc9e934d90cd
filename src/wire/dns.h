#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Messages of the DNS without I/O: queries are read and answered (RFC 1035 section 4, RFC 6891 section 6).
namespace pl::wire {

/// Types of records (RFC 1035 section 3.2.2, RFC 3596 section 2.1, RFC 6891 section 6.1.1).
inline constexpr std::uint16_t kDnsA = 1, kDnsAaaa = 28, kDnsOpt = 41;
inline constexpr std::uint16_t kDnsInternet = 1;  ///< The class IN.

/// Answers (RCODE, RFC 1035 section 4.1.1).
enum class DnsCode : std::uint8_t { no_error = 0, server_failure = 2, no_such_name = 3 };

/// A standard query with one question.
struct DnsQuery {
  std::uint16_t id = 0;
  bool recursion = false;  ///< RD, recursion desired.
  bool checking = false;   ///< CD, checking disabled (RFC 4035 section 3.2.2).
  /// As text, without the final dot; empty: the root. A dot or backslash within a label stands behind a backslash, a
  /// byte that is no text as \DDD (RFC 1035 section 5.1). Letters as they were sent.
  std::string name;
  std::uint16_t type = 0, net = 0;  ///< QTYPE and QCLASS.
  std::string question;             ///< On the wire: name (uncompressed), type and class.
  bool extended = false;            ///< It has an OPT record (EDNS).
  bool dnssec = false;              ///< That one's DO bit.
};

/// Whether a message can be a query at all: it has a whole head, and is no answer.
bool is_dns_query(std::string_view message);
/// Reads a query. nullopt: it is none (an answer, another operation, more or less than one question, records that do
/// not end where the message does, a name that is longer than 255 bytes or points anywhere but back).
std::optional<DnsQuery> read_dns_query(std::string_view message);

/// Whether a message is an answer to that query, whatever their ids: the question is the same, letter case aside, or
/// it tells of an error and has no question. `question`: that of a DnsQuery; empty where the query could not be read,
/// then any answer is one.
bool answers_dns_query(std::string_view message, std::string_view question);

/// The id of a message of at least two bytes, and the same message under another id.
std::uint16_t dns_id(std::string_view message);
void set_dns_id(std::string& message, std::uint16_t id);

/// An answer without records: as the query's, but for RA, the code, and an OPT record of its own if the query had one
/// (RFC 6891 section 6.1.1; DO is copied, RFC 3225 section 3). Nobody keeps it: there is no SOA record (RFC 2308
/// section 5).
std::string dns_answer(const DnsQuery& query, DnsCode code);
/// An answer with one address: an A record of 4 bytes or an AAAA record of 16, by the query's type. `ttl` in seconds.
std::string dns_answer(const DnsQuery& query, std::string_view address, std::uint32_t ttl);

}  // namespace pl::wire

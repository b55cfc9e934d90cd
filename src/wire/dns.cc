#include "wire/dns.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/limits.h"
#include "base/text.h"

namespace pl::wire {
namespace {

constexpr std::size_t kHeadBytes = 12;
constexpr std::size_t kNameBytes = 255;        ///< RFC 1035 section 2.3.4.
constexpr std::uint16_t kPayloadBytes = 1232;  ///< That own answers offer to take: below any network's datagram.

/// Of the head's second word (RFC 1035 section 4.1.1).
constexpr std::uint16_t kAnswer = 0x8000, kOperation = 0x7800, kRecursion = 0x0100, kAvailable = 0x0080,
                        kChecking = 0x0010, kCode = 0x000f;
constexpr std::uint32_t kDnssec = 0x8000;  ///< Of an OPT record's TTL (RFC 6891 section 6.1.3).

/// Reads from the front of a part of a message; what is not there reads as 0 and is remembered.
struct Reader {
  std::string_view message;
  std::size_t at = 0;
  bool short_of = false;

  std::string_view take(std::size_t count) {
    if (count > message.size() - at) {
      short_of = true;
      return {};
    }
    at += count;
    return message.substr(at - count, count);
  }
  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const char c : take(bytes)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
};

/// The counts of the head: of questions, answers, authorities and more records.
struct Head {
  std::uint16_t flags = 0;
  std::uint32_t questions = 0, records = 0, more = 0;
};

Head read_head(Reader& reader) {
  reader.take(2);
  Head head{.flags = static_cast<std::uint16_t>(reader.number(2)), .questions = reader.number(2)};
  head.records = reader.number(2) + reader.number(2);
  head.more = reader.number(2);
  return head;
}

/// A name on the wire, uncompressed. Each pointer must lead before the part that it ends (RFC 1035 section 4.1.4), so
/// that none can be followed twice.
std::optional<std::string> read_name(Reader& reader) {
  std::string name;
  Reader part = reader;
  std::size_t start = reader.at;
  bool jumped = false;
  for (;;) {
    const std::uint32_t length = part.number(1);
    if (part.short_of) return std::nullopt;
    if (length >= 0xc0) {
      const std::size_t to = (length & 0x3f) << 8 | part.number(1);
      if (part.short_of || to < kHeadBytes || to >= start) return std::nullopt;
      if (!jumped) reader.at = part.at;
      jumped = true;
      part.at = start = to;
      continue;
    }
    const std::string_view label = part.take(length);
    // The two other kinds of label are not in use (RFC 6891 section 5).
    if (part.short_of || length > 63 || name.size() + 1 + length > kNameBytes) return std::nullopt;
    name += static_cast<char>(length);
    name += label;
    if (length == 0) break;
  }
  if (!jumped) reader.at = part.at;
  return name;
}

std::string text_of(std::string_view name) {
  std::string text;
  while (name.front() != 0) {
    const auto length = static_cast<std::uint8_t>(name.front());
    if (!text.empty()) text += '.';
    for (const char c : name.substr(1, length)) {
      if (c == '.' || c == '\\') text += '\\';
      const auto byte = static_cast<std::uint8_t>(c);
      if (byte <= 0x20 || byte >= 0x7f) {
        text += fmt::format("\\{:03}", byte);
      } else {
        text += c;
      }
    }
    name.remove_prefix(1 + length);
  }
  return text;
}

/// A question on the wire, uncompressed.
std::optional<std::string> read_question(Reader& reader) {
  std::optional<std::string> name = read_name(reader);
  if (name) *name += reader.take(4);
  return reader.short_of ? std::nullopt : name;
}

/// Reads the records behind the question; false where they are none. OPT must be there once at most, with the root's
/// name.
bool read_records(Reader& reader, std::uint32_t count, DnsQuery& query) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::optional<std::string> name = read_name(reader);
    const std::uint32_t type = reader.number(2);
    reader.take(2);
    const std::uint32_t ttl = reader.number(4);
    reader.take(reader.number(2));
    if (!name || reader.short_of) return false;
    if (type != kDnsOpt) continue;
    if (query.extended || name->size() != 1) return false;
    query.extended = true;
    query.dnssec = (ttl & kDnssec) != 0;
  }
  return true;
}

void append_number(std::string& out, std::uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

/// Head and question; the answer's records follow, and then append_opt().
std::string begin_answer(const DnsQuery& query, DnsCode code, std::uint16_t records) {
  std::string out;
  append_number(out, query.id, 2);
  append_number(out,
                kAnswer | kAvailable | (query.recursion ? kRecursion : 0U) | (query.checking ? kChecking : 0U) |
                    static_cast<std::uint32_t>(code),
                2);
  append_number(out, 1, 2);
  append_number(out, records, 2);
  append_number(out, 0, 2);
  append_number(out, query.extended ? 1 : 0, 2);
  return out + query.question;
}

void append_opt(std::string& out, const DnsQuery& query) {
  if (!query.extended) return;
  append_number(out, 0, 1);
  append_number(out, kDnsOpt, 2);
  append_number(out, kPayloadBytes, 2);
  append_number(out, query.dnssec ? kDnssec : 0, 4);
  append_number(out, 0, 2);
}

}  // namespace

bool is_dns_query(std::string_view message) {
  Reader reader{message};
  const Head head = read_head(reader);
  return !reader.short_of && (head.flags & kAnswer) == 0;
}

std::optional<DnsQuery> read_dns_query(std::string_view message) {
  if (message.size() > limits::kDnsQueryBytes || !is_dns_query(message)) return std::nullopt;
  Reader reader{message};
  const Head head = read_head(reader);
  if ((head.flags & kOperation) != 0 || head.questions != 1) return std::nullopt;
  std::optional<std::string> question = read_question(reader);
  if (!question) return std::nullopt;
  DnsQuery query{.id = dns_id(message),
                 .recursion = (head.flags & kRecursion) != 0,
                 .checking = (head.flags & kChecking) != 0,
                 .name = text_of(*question)};
  Reader behind{*question, question->size() - 4};
  query.type = static_cast<std::uint16_t>(behind.number(2));
  query.net = static_cast<std::uint16_t>(behind.number(2));
  query.question = std::move(*question);
  if (!read_records(reader, head.records + head.more, query) || reader.at != message.size()) return std::nullopt;
  return query;
}

bool answers_dns_query(std::string_view message, std::string_view question) {
  Reader reader{message};
  const Head head = read_head(reader);
  if (reader.short_of || (head.flags & kAnswer) == 0) return false;
  if (question.empty()) return true;
  if (head.questions == 0) return (head.flags & kCode) != 0;
  const std::optional<std::string> theirs = read_question(reader);
  // The lengths of labels are no letters, and type and class are compared byte by byte.
  return theirs && theirs->size() == question.size() && lower(*theirs) == lower(question) &&
         theirs->ends_with(question.substr(question.size() - 4));
}

std::uint16_t dns_id(std::string_view message) {
  PL_ASSERT(message.size() >= 2);
  Reader reader{message};
  return static_cast<std::uint16_t>(reader.number(2));
}

void set_dns_id(std::string& message, std::uint16_t id) {
  PL_ASSERT(message.size() >= 2);
  message[0] = static_cast<char>(id >> 8);
  message[1] = static_cast<char>(id & 0xff);
}

std::string dns_answer(const DnsQuery& query, DnsCode code) {
  std::string out = begin_answer(query, code, 0);
  append_opt(out, query);
  return out;
}

std::string dns_answer(const DnsQuery& query, std::string_view address, std::uint32_t ttl) {
  std::string out = begin_answer(query, DnsCode::no_error, 1);
  append_number(out, 0xc000 | kHeadBytes, 2);  // the question's name
  append_number(out, query.type, 2);
  append_number(out, query.net, 2);
  append_number(out, ttl, 4);
  append_number(out, static_cast<std::uint32_t>(address.size()), 2);
  out += address;
  append_opt(out, query);
  return out;
}

}  // namespace pl::wire

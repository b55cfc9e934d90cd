#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "proxy/mysql.h"
#include "proxy/playbook_test.h"

/// Dialogues of MySQL's protocol for tests of faults on it.
namespace pl::proxy::mysql_dialogue {

using std::string_literals::operator""s;

using std::string_literals::operator""s;

/// Any bytes as a playbook writes them. `said`: a space at their beginning would be lost.
inline std::string written(std::string_view bytes, bool said = false) {
  std::string out;
  if (said && bytes.starts_with(' ')) {
    out = "\\x20";
    bytes.remove_prefix(1);
  }
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r' || c == '\n' || c == '\\') {
      out += c == '\r' ? "\\r" : c == '\n' ? "\\n" : "\\\\";
    } else {
      out += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
    }
  }
  return out;
}

inline constexpr std::uint32_t kAll = mysql_capability::kProtocol41 | mysql_capability::kSsl |
                                      mysql_capability::kCompress | mysql_capability::kZstd |
                                      mysql_capability::kOptionalMetadata;

/// A server's greeting with these capabilities.
inline std::string greeting(std::uint32_t flags) {
  const auto half = [](std::uint32_t bits) {
    return std::string{static_cast<char>(bits), static_cast<char>(bits >> 8)};
  };
  return mysql_packet(0, "\x0a"s + "8.0.1\0"s + "\1\0\0\0"s + "12345678\0"s + half(flags) + "\x08\2\0"s +
                             half(flags >> 16) + "\x15"s + std::string(10, '\0') + "123456789012\0"s);
}

inline std::string login(std::uint32_t flags) {
  std::string payload(32, '\0');
  for (std::size_t i = 0; i < 4; ++i) payload[i] = static_cast<char>(flags >> 8 * i);
  return mysql_packet(1, payload + "root\0"s);
}

inline std::string query(std::string_view text) { return mysql_packet(0, "\3" + std::string(text)); }
inline std::string prepare(std::string_view text) { return mysql_packet(0, "\x16" + std::string(text)); }
inline std::string execute(char number) { return mysql_packet(0, "\x17"s + number + "\0\0\0\0\1\0\0\0"s); }
/// OK, with these status flags.
inline std::string ok(std::uint8_t sequence, char status = 2) {
  return mysql_packet(sequence, "\0\0\0"s + status + "\0\0\0"s);
}
inline std::string eof(std::uint8_t sequence, char status = 2) {
  return mysql_packet(sequence, "\xfe\0\0"s + status + "\0"s);
}
/// One column and two rows, of which one begins like OK.
inline std::string rows(bool with_eof, char status = 2) {
  std::string out = mysql_packet(1, "\1") + mysql_packet(2, "\3def rest of a definition");
  std::uint8_t sequence = 3;
  if (with_eof) out += eof(sequence++, status);
  out += mysql_packet(sequence++, "\0"s);
  out += mysql_packet(sequence++, "\1x"s);
  return out + (with_eof ? eof(sequence, status) : mysql_packet(sequence, "\xfe\0\0"s + status + "\0\0\0"s));
}

/// Lines of a playbook, beginning with a new connection whose program has logged in.
class Book {
 public:
  explicit Book(const std::string& fault, std::uint32_t flags = mysql_capability::kProtocol41) {
    line(0, "fault " + fault);
    log_in(flags);
  }
  /// One that was followed from its beginning, with no fault yet.
  explicit Book(Playbook::Followed followed) : book_(followed) { log_in(mysql_capability::kProtocol41); }
  Book& line(double at, const std::string& text) {
    text_ += fmt::format("{} {}\n", at, text);
    return *this;
  }
  Book& says(double at, const char* way, const std::string& bytes) {
    return line(at, fmt::format("{} {}", way, written(bytes, true)));
  }
  Book& sees(double at, const char* way, const std::string& bytes) {
    return line(at, fmt::format("> {} {}", way, written(bytes)));
  }
  Book& passes(double at, const char* way, const std::string& bytes) {
    return says(at, way, bytes).sees(at, way, bytes);
  }
  const Measure& play() {
    book_.play(text_);
    return book_.measure(1);
  }

 private:
  void log_in(std::uint32_t flags) {
    passes(0, "down", greeting(mysql_capability::kProtocol41));
    passes(0, "up", login(flags));
    passes(0, "down", ok(2));
  }

  std::string text_;
  Playbook book_;
};

inline const std::string kTimeout =
    mysql_error_packet(1, 1205, "HY000", "Lock wait timeout exceeded; try restarting transaction");
inline const std::string kDeadlock =
    mysql_error_packet(1, 1213, "40001", "Deadlock found when trying to get lock; try restarting transaction");

}  // namespace pl::proxy::mysql_dialogue

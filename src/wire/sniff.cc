#include "wire/sniff.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"

namespace pl::wire {
namespace {

/// What a look at both prefixes gave. `settled`: more bytes would change nothing.
struct Look {
  Sniffed seen;
  bool settled = false;
};

/// A look of one protocol: none where the bytes are not its own; without a protocol while it may still be.
using Finding = std::optional<Look>;

constexpr std::size_t kTextBytes = 128;  ///< Of an announced name or version.

/// Reads big-endian numbers and pieces; past the end everything is 0 or empty and `short_of` says so.
struct Reader {
  std::string_view rest;
  bool short_of = false;

  std::uint32_t number(int bytes) {
    std::uint32_t value = 0;
    for (const char byte : take(static_cast<std::size_t>(bytes))) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }
  std::string_view take(std::size_t count) {
    if (count > rest.size()) {
      short_of = true;
      count = rest.size();
    }
    const std::string_view piece = rest.substr(0, count);
    rest.remove_prefix(count);
    return piece;
  }
};

/// What was announced, printable and short.
std::string clean(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kTextBytes)) out += c >= ' ' && c <= '~' ? c : '?';
  return out;
}

bool is_prefix_of(std::string_view part, std::string_view whole) { return whole.starts_with(part); }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

/// A field of an HTTP head by its lower-case name; only lines that came whole count.
std::string_view http_field(std::string_view head, std::string_view name) {
  std::size_t line = head.find('\n');
  while (line != std::string_view::npos) {
    const std::size_t next = head.find('\n', line + 1);
    if (next == std::string_view::npos) return {};
    const std::string_view text = head.substr(line + 1, next - line - 1);
    if (text.empty() || text == "\r") return {};
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && lower(text.substr(0, colon)) == name) return trim(text.substr(colon + 1));
    line = next;
  }
  return {};
}

/// Whether the head is there whole, or no more of it will be kept.
bool head_done(std::string_view head) {
  return head.find("\r\n\r\n") != head.npos || head.find("\n\n") != head.npos || head.size() >= limits::kSniffBytes;
}

/// "host:port" and "[::1]:port" without the port.
std::string host_only(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool port =
      colon != host.npos && host.find(']', colon) == host.npos && (host.front() == '[' || host.find(':') == colon);
  return clean(port ? host.substr(0, colon) : host);
}

Finding look_http(std::string_view up, std::string_view down) {
  static constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  if (up.starts_with(kPreface)) return Look{{.protocol = "http"}, true};
  if (is_prefix_of(up, kPreface)) return Look{};
  static constexpr std::string_view kMethods[] = {"GET ",   "HEAD ",  "POST ",    "PUT ",    "DELETE ",
                                                  "PATCH ", "TRACE ", "OPTIONS ", "CONNECT "};
  const auto method = std::ranges::find_if(kMethods, [&](auto one) { return up.starts_with(one); });
  if (method == std::end(kMethods)) {
    const bool may_be = std::ranges::any_of(kMethods, [&](auto one) { return is_prefix_of(up, one); });
    return may_be ? Finding(Look{}) : std::nullopt;
  }
  const std::size_t line = up.find('\n');
  if (line == up.npos) return up.size() < limits::kSniffBytes ? Finding(Look{}) : std::nullopt;
  if (up.substr(0, line).find(" HTTP/1.") == up.npos) return std::nullopt;
  Look look{{.protocol = "http"}, head_done(up) && head_done(down)};
  look.seen.server_name = host_only(http_field(up, "host"));
  const std::string_view server = http_field(down, "server");
  const std::string_view first = server.substr(0, server.find(' '));
  look.seen.product = clean(first.substr(0, first.find('/')));
  if (first.find('/') != first.npos) look.seen.version = clean(first.substr(first.find('/') + 1));
  return look;
}

/// The value of a parameter in PostgreSQL's answers to the start-up message.
std::string postgres_version(std::string_view down) {
  Reader reader{down};
  // Before that, one byte per TLS or GSS request.
  while (!reader.rest.empty() && reader.rest.front() == 'N') reader.take(1);
  while (!reader.rest.empty()) {
    const std::string_view type = reader.take(1);
    const std::uint32_t length = reader.number(4);
    if (reader.short_of || length < 4 || type.find_first_of("RSKZNE") != 0) return {};
    const std::string_view body = reader.take(length - 4);
    static constexpr std::string_view kName{"server_version\0", 15};
    if (reader.short_of) return {};
    if (type != "S" || !body.starts_with(kName)) continue;
    const std::string_view value = body.substr(kName.size());
    // "15.8 (Debian 15.8-0+deb12u1)": the number alone.
    return clean(value.substr(0, value.find_first_of(std::string_view(" \0", 2))));
  }
  return {};
}

Look settle_postgres(std::string_view down) {
  Look look{{.protocol = "postgres", .product = "PostgreSQL"}, false};
  look.seen.version = postgres_version(down);
  look.settled = !look.seen.version.empty() || down.size() >= limits::kSniffBytes;
  return look;
}

/// Start of a connection, PostgreSQL documentation 55.2: length, then a code or the protocol's version.
Finding look_postgres(std::string_view up, std::string_view down) {
  constexpr std::uint32_t kTls = 80877103, kGss = 80877104, kCancel = 80877102;
  Reader reader{up};
  for (int asked = 0; asked < 3; ++asked) {
    const std::size_t had = reader.rest.size();
    const std::uint32_t length = reader.number(4);
    const std::uint32_t code = reader.number(4);
    if (reader.short_of) {
      const bool small = had < 4 || (length >= 8 && length <= 10'000);
      if (asked > 0) return Look{{.protocol = "postgres", .product = "PostgreSQL"}, false};
      return small && (up.empty() || up.front() == 0) ? Finding(Look{}) : std::nullopt;
    }
    if (length == 16 && code == kCancel) return Look{{.protocol = "postgres", .product = "PostgreSQL"}, true};
    if (length >= 8 && length <= 10'000 && code >> 16 == 3) return settle_postgres(down);
    if (length != 8 || (code != kTls && code != kGss)) break;
    if (down.starts_with('S') || down.starts_with('G')) {
      return Look{{.protocol = "postgres", .product = "PostgreSQL"}, true};  // the rest is encrypted
    }
  }
  return std::nullopt;
}

/// The bulk string that follows a key in a RESP map or list: "$7\r\nversion\r\n$5\r\n7.0.1\r\n".
std::string_view resp_value(std::string_view down, std::string_view key) {
  const std::string wanted = "$" + std::to_string(key.size()) + "\r\n" + std::string(key) + "\r\n$";
  const std::size_t found = down.find(wanted);
  if (found == down.npos) return {};
  const std::string_view rest = down.substr(found + wanted.size());
  const std::size_t start = rest.find("\r\n");
  if (start == rest.npos) return {};
  const std::size_t end = rest.find("\r\n", start + 2);
  return end == rest.npos ? std::string_view() : rest.substr(start + 2, end - start - 2);
}

/// A line of the answer to INFO.
std::string_view info_line(std::string_view down, std::string_view key) {
  const std::size_t found = down.find(key);
  if (found == down.npos) return {};
  const std::string_view rest = down.substr(found + key.size());
  const std::size_t end = rest.find('\r');
  return end == rest.npos ? std::string_view() : rest.substr(0, end);
}

/// A command as RESP sends it: "*2\r\n$3\r\nGET\r\n...".
Finding look_redis(std::string_view up, std::string_view down) {
  std::string_view rest = up;
  for (const char mark : {'*', '$'}) {
    if (rest.empty()) return Look{};
    if (rest.front() != mark) return std::nullopt;
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789", 1), rest.size()) - 1;
    if (digits > 9) return std::nullopt;
    const std::string_view after = rest.substr(1 + digits);
    if (is_prefix_of(after, "\r\n") && after.size() < 2) return Look{};
    if (digits == 0 || !after.starts_with("\r\n")) return std::nullopt;
    rest = after.substr(2);
  }
  Look look{{.protocol = "redis"}, down.size() >= limits::kSniffBytes};
  std::string_view version = info_line(down, "redis_version:");
  if (version.empty()) version = resp_value(down, "version");
  const bool valkey = info_line(down, "server_name:") == "valkey" || resp_value(down, "server") == "valkey";
  if (valkey && !info_line(down, "valkey_version:").empty()) version = info_line(down, "valkey_version:");
  if (version.empty()) return look;
  look.seen.product = valkey ? "Valkey" : "Redis";
  look.seen.version = clean(version);
  return look;
}

/// The server's greeting: length, sequence 0, protocol 10, version up to NUL (MySQL internals, HandshakeV10).
Finding look_mysql(std::string_view down) {
  Reader reader{down};
  const std::string_view length = reader.take(3);
  const std::uint32_t sequence = reader.number(1);
  const std::uint32_t protocol = reader.number(1);
  if (length.size() >= 2 && (length[1] != 0 || static_cast<std::uint8_t>(length[0]) < 20)) return std::nullopt;
  if (length.size() == 3 && length[2] != 0) return std::nullopt;
  if (down.size() > 3 && sequence != 0) return std::nullopt;
  if (down.size() > 4 && protocol != 10) return std::nullopt;
  if (reader.short_of) return Look{};
  const std::size_t end = reader.rest.find('\0');
  if (end == reader.rest.npos && reader.rest.size() <= kTextBytes) return Look{};
  if (end > kTextBytes) return std::nullopt;
  std::string_view version = reader.rest.substr(0, end);
  if (version.empty() || version.front() < '0' || version.front() > '9') return std::nullopt;
  const bool maria = version.find("MariaDB") != version.npos;
  if (maria && version.starts_with("5.5.5-")) version.remove_prefix(6);
  version = version.substr(0, version.find('-'));
  return Look{{.protocol = "mysql", .product = maria ? "MariaDB" : "MySQL", .version = clean(version)}, true};
}

/// The server name among the extensions of a client hello; what is not there yet is empty.
std::string tls_server_name(Reader hello) {
  hello.take(2 + 32);           // legacy_version, random
  hello.take(hello.number(1));  // legacy_session_id
  hello.take(hello.number(2));  // cipher_suites
  hello.take(hello.number(1));  // legacy_compression_methods
  Reader extensions{hello.take(hello.number(2))};
  while (!extensions.rest.empty()) {
    const std::uint32_t type = extensions.number(2);
    Reader body{extensions.take(extensions.number(2))};
    if (type != 0) continue;
    body.take(2 + 1);  // length of the list, type host_name
    const std::string_view name = body.take(body.number(2));
    return body.short_of ? std::string() : clean(name);
  }
  return {};
}

Finding look_tls(std::string_view up) {
  if (!up.empty() && up[0] != 0x16) return std::nullopt;
  if (up.size() > 1 && up[1] != 3) return std::nullopt;
  if (up.size() > 5 && up[5] != 1) return std::nullopt;
  if (up.size() < 9) return Look{};
  constexpr std::uint32_t kLeastHello = 2 + 32;  // legacy_version, random
  if (Reader{up.substr(6)}.number(3) < kLeastHello) return std::nullopt;
  Reader reader{up};
  reader.take(3);
  const std::uint32_t length = reader.number(2);
  const bool whole = up.size() >= std::min<std::size_t>(5 + length, limits::kSniffBytes);
  if (!whole) return Look{};
  reader.rest = reader.take(length);
  reader.take(4);  // handshake type and length
  return Look{{.protocol = "tls", .server_name = tls_server_name(reader)}, true};
}

/// FastCGI specification 3.3 and 5.1: version 1, BEGIN_REQUEST, an id, 8 bytes of content.
Finding look_fastcgi(std::string_view up) {
  if (!is_prefix_of(up.substr(0, 2), "\1\1")) return std::nullopt;
  Reader reader{up};
  reader.take(4);
  const std::uint32_t length = reader.number(2);
  if (reader.short_of) return Look{};
  return length == 8 ? Finding(Look{{.protocol = "fastcgi"}, true}) : std::nullopt;
}

/// A command of memcached's text protocol, lower case as its protocol.txt says.
Finding look_memcached(std::string_view up, std::string_view down) {
  static constexpr std::string_view kCommands[] = {"get ",      "gets ",    "gat ",    "set ",   "add ",
                                                   "cas ",      "replace ", "delete ", "incr ",  "decr ",
                                                   "version\r", "mg ",      "ms ",     "stats ", "stats\r"};
  const auto begins = [&](std::string_view one) { return up.starts_with(one); };
  if (std::ranges::none_of(kCommands, begins)) {
    const bool may_be = std::ranges::any_of(kCommands, [&](std::string_view one) { return is_prefix_of(up, one); });
    return may_be ? Finding(Look{}) : std::nullopt;
  }
  Look look{{.protocol = "memcached"}, down.size() >= limits::kSniffBytes};
  static constexpr std::string_view kVersion = "VERSION ";
  const std::size_t end = down.find("\r\n");
  if (!down.starts_with(kVersion) || end == down.npos) return look;
  look.seen.product = "memcached";
  look.seen.version = clean(down.substr(kVersion.size(), end - kVersion.size()));
  look.settled = true;
  return look;
}

/// A long string among the server's properties in AMQP's Connection.Start: short name, 'S', length, text.
std::string amqp_property(std::string_view down, std::string_view name) {
  const std::string wanted = static_cast<char>(name.size()) + std::string(name) + "S";
  const std::size_t found = down.find(wanted);
  if (found == down.npos) return {};
  Reader reader{down.substr(found + wanted.size())};
  const std::string_view value = reader.take(reader.number(4));
  return reader.short_of ? std::string() : clean(value);
}

/// AMQP 0-9-1 section 4.2.2 and AMQP 1.0 section 2.2: both begin with the name.
Finding look_amqp(std::string_view up, std::string_view down) {
  static constexpr std::string_view kName = "AMQP";
  if (!up.starts_with(kName)) return is_prefix_of(up, kName) ? Finding(Look{}) : std::nullopt;
  Look look{{.protocol = "amqp"}, down.size() >= limits::kSniffBytes};
  look.seen.product = amqp_property(down, "product");
  look.seen.version = amqp_property(down, "version");
  look.settled |= !look.seen.product.empty() && !look.seen.version.empty();
  return look;
}

/// The first command of a mail client (RFC 5321 section 4.1.1.1; RFC 2033 for LHLO).
Finding look_smtp(std::string_view up) {
  static constexpr std::string_view kCommands[] = {"EHLO ", "HELO ", "LHLO "};
  for (const std::string_view one : kCommands) {
    if (up.starts_with(one)) return Look{{.protocol = "smtp"}, true};
    if (is_prefix_of(up, one)) return Look{};
  }
  return std::nullopt;
}

/// MongoDB's message header: length, two ids and the operation (OP_MSG, OP_QUERY or OP_COMPRESSED), little-endian.
Finding look_mongodb(std::string_view up) {
  constexpr std::size_t kHeader = 16;
  static constexpr std::string_view kOperations[] = {{"\xDD\x07\0\0", 4}, {"\xD4\x07\0\0", 4}, {"\xDC\x07\0\0", 4}};
  if (up.size() > 3 && (up[3] != 0 && up[3] != 1 && up[3] != 2)) return std::nullopt;  // At most 48 MB.
  if (up.size() >= 12) {
    const std::string_view operation = up.substr(12, 4);
    const bool known = std::ranges::any_of(kOperations, [&](auto one) { return is_prefix_of(operation, one); });
    if (!known) return std::nullopt;
  }
  return up.size() < kHeader ? Look{} : Look{{.protocol = "mongodb"}, true};
}

/// Of what the program says first.
Finding look_up(std::string_view up, std::string_view down) {
  if (auto http = look_http(up, down)) return http;
  if (auto tls = look_tls(up)) return tls;
  if (auto postgres = look_postgres(up, down)) return postgres;
  if (auto redis = look_redis(up, down)) return redis;
  if (auto fastcgi = look_fastcgi(up)) return fastcgi;
  if (auto memcached = look_memcached(up, down)) return memcached;
  if (auto amqp = look_amqp(up, down)) return amqp;
  if (auto smtp = look_smtp(up)) return smtp;
  return look_mongodb(up);
}

}  // namespace

void Sniffer::feed(bool from_program, std::string_view bytes) {
  if (settled_) return;
  std::string& kept = from_program ? up_ : down_;
  const std::size_t room = limits::kSniffBytes - kept.size();
  if (room == 0 && !kept.empty() && bytes.empty()) return;
  kept.append(bytes.substr(0, room));
  look();
  if (!settled_) return;
  up_ = {};
  down_ = {};
}

void Sniffer::look() {
  if (up_.empty() && down_.empty()) return;
  const auto told = [&](const Finding& finding) {
    if (!finding || finding->seen.protocol.empty()) return false;
    seen_ = finding->seen;
    settled_ = finding->settled;
    return true;
  };
  const Finding greeting = down_.empty() ? std::nullopt : look_mysql(down_);
  if (told(greeting)) return;
  // The first that it is, or still may be: a later one could fit as well, and which of them came whole first would
  // depend on where the bytes were split.
  if (const Finding first = up_.empty() ? std::nullopt : look_up(up_, down_)) {
    told(first);
    return;
  }
  // Unasked words of a server that are no MySQL greeting: the program's first bytes may still tell.
  if (greeting || (up_.empty() && down_.size() < limits::kSniffBytes)) return;
  seen_ = {.protocol = "opaque"};
  settled_ = true;
}

}  // namespace pl::wire

#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace pl::wire {

/// What is known of a connection's protocol from the bytes seen so far. Texts are as announced on the wire, printable
/// and short; empty where nothing was said.
struct Sniffed {
  /// "http", "postgres", "redis", "mysql", "tls", "fastcgi", "memcached", "amqp", "smtp", "mongodb", "opaque";
  /// empty while undecided.
  std::string protocol;
  std::string product;      ///< "PostgreSQL", "MariaDB", "Redis", "nginx".
  std::string version;      ///< "15.8".
  std::string server_name;  ///< TLS server name or HTTP Host, without a port.

  bool operator==(const Sniffed&) const = default;
};

/// Tells a connection's protocol from copies of its first bytes (limits::kSniffBytes each way, freed once settled):
/// nothing is held back. The same dialogue gives the same result however its bytes are split. HTTP/1 (RFC 9112) and the
/// HTTP/2 preface (RFC 9113), PostgreSQL 3.0 start-up with or without TLS, RESP 2 and 3, MySQL's greeting, TLS client
/// hello (RFC 8446 section 4.1.2, RFC 6066 section 3), and the first message of FastCGI, memcached
/// (text), AMQP, SMTP and MongoDB.
class Sniffer {
 public:
  /// More bytes of one way, in their order.
  void feed(bool from_program, std::string_view bytes);
  const Sniffed& seen() const { return seen_; }
  /// More bytes would change nothing.
  bool settled() const { return settled_; }

 private:
  void look();

  std::string up_, down_;
  Sniffed seen_;
  bool settled_ = false;
};

}  // namespace pl::wire

#include <utility>

#include "proxy/starttls.h"

namespace pl::proxy {
namespace {

using std::string_view_literals::operator""sv;

// PostgreSQL manual, "Message Formats": a length of eight and the request's code.
constexpr std::string_view kSslRequest = "\0\0\0\x08\x04\xd2\x16\x2f"sv;
constexpr std::string_view kGssRequest = "\0\0\0\x08\x04\xd2\x16\x30"sv;
constexpr char kTlsHandshake = 0x16;  ///< A TLS record of a program that does not ask first ("sslnegotiation=direct").

constexpr std::size_t kHeaderBytes = 5;             ///< A message's type and length.
constexpr std::size_t kMostBytes = 4096;            ///< Of a message that is edited.
constexpr std::string_view kSasl = "\0\0\0\x0a"sv;  ///< AuthenticationSASL, and behind it the names of mechanisms.
constexpr std::string_view kBound = "SCRAM-SHA-256-PLUS\0"sv;

std::size_t number_of(std::string_view bytes) {
  std::size_t number = 0;
  for (const char c : bytes.substr(0, 4)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

std::string length_of(std::size_t size) {
  return {static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8),
          static_cast<char>(size)};
}

/// The upstream is asked first, where it is to have TLS, and the program is listened to once it has agreed.
class PostgresStartTls : public StartTls {
 public:
  PostgresStartTls(bool listens, bool connects) : tls_listens_(listens), tls_connects_(connects) {
    if (!connects) settle(Way::down, Side::clear);
  }
  std::string opening() const override { return tls_connects_ ? std::string(kSslRequest) : std::string(); }
  bool listens(Way way) const override { return way == Way::down || !waits(Way::down); }
  Result<Heard> hear(Way way, std::string_view bytes) override {
    return way == Way::up ? hear_program(bytes) : hear_upstream(bytes);
  }
  bool over() const override { return StartTls::over() && !edits_; }

  /// A server offers passwords bound to its certificate (RFC 5802 section 6) wherever it speaks TLS. A program that is
  /// in clear must not be offered that: libpq takes it for an attack.
  std::string edit(std::string_view said) override {
    said_ += said;
    std::string out;
    while (edits_ && !said_.empty()) {
      const char type = said_.front();
      const bool awaited = type == 'R' || type == 'v' || type == 'N';  // two that may come before it
      if (awaited && said_.size() < kHeaderBytes) break;
      const std::size_t size = awaited ? 1 + number_of(std::string_view(said_).substr(1)) : 0;
      if (!awaited || size < kHeaderBytes || size > kMostBytes) edits_ = false;
      if (edits_ && said_.size() < size) break;
      if (edits_ && type == 'R') unbind(size);
      if (!edits_) break;
      out += said_.substr(0, size);
      said_.erase(0, size);
    }
    if (!edits_) out += std::exchange(said_, {});
    return out;
  }

 private:
  /// Asks for encryption by GSSAPI are declined, so that TLS is asked for next.
  Result<Heard> hear_program(std::string_view bytes) {
    heard_ += bytes;
    Heard out;
    while (!heard_.empty()) {
      if (heard_.front() == kTlsHandshake && tls_listens_) return done(Side::tls, std::move(out));
      const std::string_view begins = std::string_view(heard_).substr(0, kSslRequest.size());
      const bool may_ask = kSslRequest.starts_with(begins) || kGssRequest.starts_with(begins);
      if (!may_ask) return done(Side::clear, std::move(out));
      if (begins.size() < kSslRequest.size()) return out;
      const bool agreed = begins == kSslRequest && tls_listens_;
      heard_.erase(0, kSslRequest.size());
      out.answer += agreed ? 'S' : 'N';
      if (!agreed) continue;
      // Whoever stands between could have put it there (CVE-2021-23214).
      if (!heard_.empty()) return fail(Errc::protocol, "bytes came in clear behind the request for TLS");
      return done(Side::tls, std::move(out));
    }
    return out;
  }

  /// The message that was awaited is here.
  void unbind(std::size_t size) {
    edits_ = false;
    const std::size_t found = std::string_view(said_).substr(0, size).find(kBound);
    if (!std::string_view(said_).substr(kHeaderBytes).starts_with(kSasl) || found == said_.npos) return;
    said_.erase(found, kBound.size());
    said_.replace(1, 4, length_of(size - 1 - kBound.size()));
  }

  Heard done(Side side, Heard out) {
    settle(Way::up, side);
    edits_ = side == Side::clear && tls_connects_;
    (side == Side::tls ? out.cipher : out.plain) = std::move(heard_);
    return out;
  }

  Result<Heard> hear_upstream(std::string_view bytes) {
    if (bytes.front() == 'N') return fail(Errc::protocol, "it offers none");
    if (bytes.front() == 'E') return fail(Errc::protocol, "it answers the request for it with an error");
    if (bytes.front() != 'S') return fail(Errc::protocol, "it does not speak PostgreSQL");
    if (bytes.size() > 1) return fail(Errc::protocol, "bytes came in clear behind its agreement");  // CVE-2021-23222
    settle(Way::down, Side::tls);
    return Heard{};
  }

  bool tls_listens_, tls_connects_;
  std::string heard_;  ///< Of the program, not yet understood.
  std::string said_;   ///< Likewise of the upstream, inside its TLS.
  bool edits_ = false;
};

}  // namespace

const StartTlsRow kPostgresStartTls = {
    .name = "postgres", .needs_both = false, .make = [](bool listens, bool connects) -> std::unique_ptr<StartTls> {
      return std::make_unique<PostgresStartTls>(listens, connects);
    }};

}  // namespace pl::proxy

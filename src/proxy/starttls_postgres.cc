#include <utility>

#include "proxy/starttls.h"
#include "wire/postgres_message.h"

namespace pl::proxy {
namespace {

using std::string_view_literals::operator""sv;

// PostgreSQL manual, "Message Formats": a length of eight and the request's code.
constexpr std::string_view kSslRequest = "\0\0\0\x08\x04\xd2\x16\x2f"sv;
constexpr std::string_view kGssRequest = "\0\0\0\x08\x04\xd2\x16\x30"sv;
constexpr char kTlsHandshake = 0x16;  ///< A TLS record of a program that does not ask first ("sslnegotiation=direct").

constexpr std::string_view kBeforeLogin = "RvN";    ///< The message that is awaited, and two that may come before it.
constexpr std::size_t kMostBytes = 4096;            ///< Of each of them.
constexpr std::string_view kSasl = "\0\0\0\x0a"sv;  ///< AuthenticationSASL, and behind it the names of mechanisms.
constexpr std::string_view kBound = "SCRAM-SHA-256-PLUS\0"sv;

/// A message that asks for a password, without what is bound to a certificate.
std::string unbound(std::string message) {
  std::string body = message.substr(wire::kPgHeadBytes);
  const std::size_t found = body.find(kBound);
  if (!body.starts_with(kSasl) || found == body.npos) return message;
  return wire::pg_message('R', body.erase(found, kBound.size()));
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
      const bool awaited = kBeforeLogin.find(said_.front()) != kBeforeLogin.npos;
      if (awaited && said_.size() < wire::kPgHeadBytes) break;
      const auto head = awaited ? wire::pg_head(said_, false) : std::nullopt;
      edits_ = head && head->size <= kMostBytes;
      if (!edits_ || said_.size() < head->size) break;
      std::string message = said_.substr(0, head->size);
      said_.erase(0, message.size());
      edits_ = head->type != 'R';
      out += edits_ ? message : unbound(std::move(message));
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

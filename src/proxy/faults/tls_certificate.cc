#include "proxy/faults/tls.h"

namespace pl::proxy::faults {
namespace {

Handshake kind_of(std::string_view word) {
  if (word == "not_yet_valid") return Handshake::not_yet_valid;
  if (word == "wrong_name") return Handshake::wrong_name;
  if (word == "untrusted") return Handshake::untrusted;
  return Handshake::expired;
}

struct TlsCertificateSetting {
  explicit TlsCertificateSetting(const Values& values) : handshake(kind_of(values.text("kind"))) {}
  Handshake handshake;
};

}  // namespace

Result<std::unique_ptr<Fault>> make_tls_certificate(const Values& values, FaultContext context) {
  return std::make_unique<HandshakeFault<TlsCertificateSetting>>(values, std::move(context));
}

}  // namespace pl::proxy::faults

#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/tls.h"

namespace pl::proxy {

/// How long a certificate holds, in seconds since 1970.
struct TlsDates {
  std::int64_t from = 0;
  std::int64_t until = 0;
};

/// What is to stand in a certificate. Names of hosts and addresses (RFC 5280 section 4.2.1.6).
struct TlsLeaf {
  std::vector<std::string> names;  ///< One that cannot stand there is left out.
  TlsDates dates;
  /// Its names are taken over instead of `names`, where it has any.
  std::shared_ptr<x509_st> like{};
};

/// Signs certificates for servers, with a key (P-256) that lives no longer than itself. One thread.
class TlsAuthority {
 public:
  /// `now`: seconds since 1970; its own certificate holds from a day before for ten years.
  static Result<TlsAuthority> create(std::int64_t now, std::string_view name = "proofload proxy authority");

  /// A new key with a certificate.
  Result<TlsIdentity> issue(const TlsLeaf& leaf) const;
  /// Its own certificate, for those who are to trust it.
  std::string pem() const;

 private:
  TlsIdentity self_;
};

/// The certificate of a PEM file, the first where it has several.
Result<std::shared_ptr<x509_st>> read_certificate(const std::string& file);

}  // namespace pl::proxy

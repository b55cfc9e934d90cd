#include "proxy/tls_authority.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "os/file.h"

namespace pl::proxy {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::size_t kNameBytes = 253;      ///< Of a host's name (RFC 1035 section 2.3.4).
constexpr std::size_t kSubjectBytes = 64;    ///< Of a common name (RFC 5280 appendix A.1).
constexpr std::size_t kFileBytes = 1 << 20;  ///< Of a file with certificates.
constexpr int kSerialBytes = 16;             ///< At most 20 (RFC 5280 section 4.1.2.2).

Error library_failed(std::string_view what) {
  return Error{.code = Errc::io, .detail = fmt::format("TLS {}: {}", what, tls_failure_text())};
}

/// "DNS:host" or "IP:address" as OpenSSL's configuration reads it; empty where it can be neither.
std::string alternative_name(const std::string& name) {
  unsigned char bytes[16];
  if (inet_pton(AF_INET, name.c_str(), bytes) == 1 || inet_pton(AF_INET6, name.c_str(), bytes) == 1) {
    return "IP:" + name;
  }
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '*';
  });
  return plain && !name.empty() && name.size() <= kNameBytes ? "DNS:" + name : std::string();
}

bool add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  const bool added = made && X509_add_ext(to, made, -1) == 1;
  X509_EXTENSION_free(made);
  return added;
}

bool set_subject(X509* certificate, std::string_view name) {
  const std::string text(name.substr(0, kSubjectBytes));
  X509_NAME* subject = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("proofload"),
                                    -1, -1, 0) == 1 &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.c_str()),
                                    -1, -1, 0) == 1;
}

bool set_serial(X509* certificate) {
  unsigned char bytes[kSerialBytes];
  if (RAND_bytes(bytes, kSerialBytes) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 1);  // positive, and of full length
  BIGNUM* number = BN_bin2bn(bytes, kSerialBytes, nullptr);
  const bool set = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return set;
}

/// A key and what every certificate has; the extensions and the signature are missing.
Result<TlsIdentity> begin_identity(std::string_view subject, const TlsDates& dates) {
  TlsIdentity made;
  made.key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
  made.certificate.reset(X509_new(), X509_free);
  X509* const certificate = made.certificate.get();
  if (!made.key || !certificate) return std::unexpected(library_failed("key"));
  const bool done = X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
                    ASN1_TIME_set(X509_getm_notBefore(certificate), dates.from) &&
                    ASN1_TIME_set(X509_getm_notAfter(certificate), dates.until) &&
                    X509_set_pubkey(certificate, made.key.get()) == 1 && set_subject(certificate, subject);
  if (!done) return std::unexpected(library_failed("certificate"));
  return made;
}

/// The names of `like`; else those that are listed.
bool add_names(X509* to, X509* issuer, const TlsLeaf& leaf) {
  const int place = leaf.like ? X509_get_ext_by_NID(leaf.like.get(), NID_subject_alt_name, -1) : -1;
  if (place >= 0) return X509_add_ext(to, X509_get_ext(leaf.like.get(), place), -1) == 1;
  std::string list;
  for (const std::string& name : leaf.names) {
    const std::string one = alternative_name(name);
    if (!one.empty()) list += (list.empty() ? "" : ",") + one;
  }
  return list.empty() || add_extension(to, issuer, NID_subject_alt_name, list);
}

}  // namespace

Result<TlsAuthority> TlsAuthority::create(std::int64_t now, std::string_view name) {
  ERR_clear_error();
  TlsAuthority made;
  made.self_ = PL_TRY(begin_identity(name, {now - kDay, now + 3653 * kDay}));
  X509* const self = made.self_.certificate.get();
  const bool done = X509_set_issuer_name(self, X509_get_subject_name(self)) == 1 &&
                    add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_extension(self, self, NID_subject_key_identifier, "hash") &&
                    X509_sign(self, made.self_.key.get(), EVP_sha256()) > 0;
  if (!done) return std::unexpected(library_failed("authority"));
  return made;
}

Result<TlsIdentity> TlsAuthority::issue(const TlsLeaf& leaf) const {
  ERR_clear_error();
  TlsIdentity made = PL_TRY(begin_identity(leaf.names.empty() ? "proxy" : leaf.names.front(), leaf.dates));
  X509 *const one = made.certificate.get(), *const issuer = self_.certificate.get();
  const bool done = X509_set_issuer_name(one, X509_get_subject_name(issuer)) == 1 &&
                    add_extension(one, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(one, issuer, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(one, issuer, NID_ext_key_usage, "serverAuth") && add_names(one, issuer, leaf) &&
                    add_extension(one, issuer, NID_subject_key_identifier, "hash") &&
                    add_extension(one, issuer, NID_authority_key_identifier, "keyid:always") &&
                    X509_sign(one, self_.key.get(), EVP_sha256()) > 0;
  if (!done) return std::unexpected(library_failed("certificate"));
  return made;
}

std::string TlsAuthority::pem() const {
  BIO* const memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, self_.certificate.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string out(text, static_cast<std::size_t>(std::max(size, 0L)));
  BIO_free(memory);
  return out;
}

Result<std::shared_ptr<X509>> read_certificate(const std::string& file) {
  ERR_clear_error();
  const std::string text = PL_TRY(os::read_file(file, kFileBytes));
  BIO* const memory = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  std::shared_ptr<X509> made(PEM_read_bio_X509(memory, nullptr, nullptr, nullptr), X509_free);
  BIO_free(memory);
  if (!made) return fail(Errc::config, fmt::format("certificate {}: {}", file, tls_failure_text()));
  return made;
}

}  // namespace pl::proxy

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "sign/sign.h"

namespace pl::sign {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

EVP_PKEY* raw(const std::shared_ptr<void>& key) { return static_cast<EVP_PKEY*>(key.get()); }

std::shared_ptr<void> own(EVP_PKEY* key) {
  return {static_cast<void*>(key), [](void* held) { EVP_PKEY_free(static_cast<EVP_PKEY*>(held)); }};
}

Bio reader(std::string_view text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free}; }

std::string content(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

/// A passphrase is never asked for: the terminal is the user's.
int no_passphrase(char*, int, int, void*) { return -1; }

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

Result<Key> Key::checked(std::shared_ptr<void> key, bool is_private) {
  ERR_clear_error();
  char group[32] = {};
  const bool good =
      key && EVP_PKEY_get_utf8_string_param(raw(key), OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, nullptr) == 1;
  if (!good || std::string_view(group) != "prime256v1") {
    return fail(Errc::usage,
                "not an ECDSA P-256 key in PEM without passphrase; make one with "
                "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");
  }
  return Key(std::move(key), is_private);
}

Result<Key> Key::generate() { return checked(own(EVP_EC_gen("P-256")), true); }

Result<Key> Key::from_private_pem(std::string_view pem) {
  const Bio bio = reader(pem);
  return checked(own(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr)), true);
}

Result<Key> Key::from_public_pem(std::string_view pem) {
  const Bio bio = reader(pem);
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio.get(), nullptr, &no_passphrase, nullptr);
  if (key != nullptr) return checked(own(key), false);
  return from_private_pem(pem);
}

Result<std::string> Key::private_pem() const {
  if (!private_) return fail(Errc::usage, "a public key has no private half");
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), raw(key_), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return fail(Errc::unsupported, "OpenSSL cannot write the private key");
  }
  return content(bio.get());
}

std::string Key::public_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PUBKEY(bio.get(), raw(key_));
  return content(bio.get());
}

std::string Key::id() const {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  i2d_PUBKEY_bio(bio.get(), raw(key_));
  return "sha256:" + to_hex(sha256(content(bio.get())));
}

Result<std::string> Key::sign(std::string_view bytes) const {
  if (!private_) return fail(Errc::usage, "a public key cannot sign; give the private one");
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::size_t size = 0;
  std::string signature;
  bool good = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, raw(key_)) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) == 1;
  if (good) {
    signature.resize(size);
    good = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(bytes),
                          bytes.size()) == 1;
  }
  if (!good) return fail(Errc::unsupported, "OpenSSL cannot sign with this key");
  signature.resize(size);
  return signature;
}

bool Key::verifies(std::string_view bytes, std::string_view signature) const {
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, raw(key_)) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace pl::sign

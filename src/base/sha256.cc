#include "base/sha256.h"

#include <openssl/evp.h>

#include <memory>

#include "base/assert.h"

namespace pl {
namespace {

EVP_MD_CTX* thread_context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free);
  return context.get();
}

}  // namespace

Digest sha256(std::string_view data) { return sha256(data, {}); }

Digest sha256(std::string_view first, std::string_view second) {
  Digest digest;
  EVP_MD_CTX* context = thread_context();
  bool good = EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1;
  good = good && EVP_DigestUpdate(context, first.data(), first.size()) == 1;
  good = good && EVP_DigestUpdate(context, second.data(), second.size()) == 1;
  good = good && EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1;
  PL_ASSERT(good);
  return digest;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char kHexDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

std::string keyed_hash(std::string_view key, std::string_view secret) {
  return to_hex(sha256(key, secret)).substr(0, 16);
}

std::string secret_tail(std::string_view secret) {
  constexpr std::size_t kShortest = 8;
  return secret.size() < kShortest ? std::string() : std::string(secret.substr(secret.size() - 2));
}

std::string to_hex(const Digest& digest) { return to_hex(as_text(digest)); }

std::string_view as_text(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::string base64_encode(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string base64_decode(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return {};
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

}  // namespace pl

#include "proxy/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/assert.h"

namespace pl::proxy {
namespace {

constexpr std::size_t kRecordBytes = SSL3_RT_MAX_PLAIN_LENGTH;  ///< Plaintext of one record (RFC 8446 section 5.1).

// A BIO over a byte queue: unlike OpenSSL's own memory BIO it owns nothing while that is empty.
int write_bio(BIO* bio, const char* bytes, int count) {
  static_cast<ByteQueue*>(BIO_get_data(bio))->append({bytes, static_cast<std::size_t>(count)});
  return count;
}

int read_bio(BIO* bio, char* into, int room) {
  auto& queue = *static_cast<ByteQueue*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (queue.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = std::min(queue.size(), static_cast<std::size_t>(room));
  std::copy_n(queue.view().data(), count, into);
  queue.consume(count);
  return static_cast<int>(count);
}

long control_bio(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO* queue_bio(ByteQueue& queue) {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "byte queue");
    BIO_meth_set_write(made, write_bio);
    BIO_meth_set_read(made, read_bio);
    BIO_meth_set_ctrl(made, control_bio);
    return made;
  }();
  BIO* bio = BIO_new(method);
  BIO_set_data(bio, &queue);
  BIO_set_init(bio, 1);
  return bio;
}

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> bytes;
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

/// The names of a list: one length byte and a name, again and again; OpenSSL has checked it.
std::vector<std::string_view> names_of(const unsigned char* list, std::size_t size) {
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < size; at += 1u + list[at]) {
    names.emplace_back(reinterpret_cast<const char*>(list + at + 1), list[at]);
  }
  return names;
}

bool has(const std::vector<std::string_view>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<std::shared_ptr<SSL_CTX>> new_context(const SSL_METHOD* method) {
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(method), SSL_CTX_free);
  if (!made) return fail(Errc::io, "TLS: " + tls_failure_text());
  SSL_CTX_set_mode(made.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(made.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(made.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(made.get(), 0);
  SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
  return made;
}

std::unexpected<Error> bad_file(std::string_view what, const std::string& file) {
  return fail(Errc::config, fmt::format("{} {}: {}", what, file, tls_failure_text()));
}

/// What this end shows.
Result<void> use_files(SSL_CTX* context, const TlsFiles& own) {
  if (SSL_CTX_use_certificate_chain_file(context, own.certificate.c_str()) != 1) {
    return bad_file("certificate", own.certificate);
  }
  // A key with a passphrase fails instead of asking on the terminal.
  bool encrypted = false;
  SSL_CTX_set_default_passwd_cb_userdata(context, &encrypted);
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void* asked) {
    if (asked) *static_cast<bool*>(asked) = true;
    return -1;
  });
  const bool read = SSL_CTX_use_PrivateKey_file(context, own.key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (!read && encrypted)
    return fail(Errc::config, fmt::format("key {} is encrypted; it would be one without a passphrase", own.key));
  // One of another type is taken at first.
  const bool fits = read ? SSL_CTX_check_private_key(context) == 1
                         : ERR_GET_REASON(ERR_peek_last_error()) != X509_R_KEY_VALUES_MISMATCH;
  if (!fits) return fail(Errc::config, fmt::format("key {} is not that of {}", own.key, own.certificate));
  if (!read) return bad_file("key", own.key);
  return {};
}

}  // namespace

std::string tls_failure_text() {
  // The first one is the cause; those behind it say where it was met.
  const unsigned long code = ERR_peek_error();
  const char* const reason =
      ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason ? reason : "failed";
}

Result<std::shared_ptr<SSL_CTX>> TlsEnd::new_server(TlsVersions versions) {
  std::shared_ptr<SSL_CTX> made = PL_TRY(new_context(TLS_server_method()));
  SSL_CTX_set_alpn_select_cb(made.get(), choose_protocol, nullptr);
  SSL_CTX_set_client_hello_cb(made.get(), on_hello, nullptr);
  if (versions == TlsVersions::old) {
    // Their signatures are SHA-1, below the library's usual level of security.
    SSL_CTX_set_security_level(made.get(), 0);
    SSL_CTX_set_min_proto_version(made.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(made.get(), TLS1_1_VERSION);
  }
  return made;
}

int TlsEnd::choose_protocol(ssl_st* ssl, const unsigned char** chosen, unsigned char* length, const unsigned char* list,
                            unsigned int size, void*) {
  const std::vector<std::string_view> names = names_of(list, size);
  const std::string& preferred = static_cast<const TlsEnd*>(SSL_get_app_data(ssl))->preferred_;
  std::string_view name = names.front();
  if (has(names, kAlpnHttp1)) name = kAlpnHttp1;
  if (has(names, preferred)) name = *std::ranges::find(names, preferred);
  const auto found = std::ranges::find(names, name);
  *chosen = reinterpret_cast<const unsigned char*>(found->data());
  *length = static_cast<unsigned char>(found->size());
  return SSL_TLSEXT_ERR_OK;
}

/// The extension's two length bytes precede the list (RFC 7301 section 3.1).
int TlsEnd::on_hello(ssl_st* ssl, int*, void*) {
  auto& end = *static_cast<TlsEnd*>(SSL_get_app_data(ssl));
  const unsigned char* list = nullptr;
  std::size_t size = 0;
  if (!end.asks_) return SSL_CLIENT_HELLO_SUCCESS;
  end.asks_ = false;
  constexpr unsigned kAlpn = TLSEXT_TYPE_application_layer_protocol_negotiation;
  if (SSL_client_hello_get0_ext(ssl, kAlpn, &list, &size) != 1 || size < 2) return SSL_CLIENT_HELLO_SUCCESS;
  for (std::size_t at = 2; at < size; at += 1u + list[at]) {
    if (at + 1u + list[at] > size) return SSL_CLIENT_HELLO_SUCCESS;  // OpenSSL refuses it
  }
  const std::vector<std::string_view> names = names_of(list + 2, size - 2);
  if (!has(names, kAlpnHttp1) || !has(names, kAlpnHttp2)) return SSL_CLIENT_HELLO_SUCCESS;
  end.awaits_choice_ = true;
  return SSL_CLIENT_HELLO_RETRY;
}

Result<TlsContext> TlsContext::server(const TlsIdentity& identity, TlsVersions versions) {
  ERR_clear_error();
  TlsContext made;
  made.server_ = true;
  made.context_ = PL_TRY(TlsEnd::new_server(versions));
  SSL_CTX* const context = made.context_.get();
  const bool chained = !identity.issuer || SSL_CTX_add1_chain_cert(context, identity.issuer.get()) == 1;
  if (!chained || SSL_CTX_use_certificate(context, identity.certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, identity.key.get()) != 1) {
    return fail(Errc::io, "TLS certificate: " + tls_failure_text());
  }
  return made;
}

Result<TlsContext> TlsContext::server(const TlsFiles& own, TlsVersions versions) {
  ERR_clear_error();
  TlsContext made;
  made.server_ = true;
  made.context_ = PL_TRY(TlsEnd::new_server(versions));
  PL_TRY(use_files(made.context_.get(), own));
  return made;
}

Result<TlsContext> TlsContext::client(const std::string& name, bool verify, const std::string& ca_file,
                                      const TlsFiles& own) {
  ERR_clear_error();
  TlsContext made;
  made.name_ = name;
  made.verify_ = verify;
  made.context_ = PL_TRY(new_context(TLS_client_method()));
  SSL_CTX* const context = made.context_.get();
  SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!ca_file.empty()) {
    if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) return bad_file("ca", ca_file);
  } else if (verify && SSL_CTX_set_default_verify_paths(context) != 1) {
    return fail(Errc::io, "TLS: this machine's authorities: " + tls_failure_text());
  }
  if (!own.none()) PL_TRY(use_files(context, own));
  return made;
}

TlsEnd::~TlsEnd() { SSL_free(ssl_); }

Result<void> TlsEnd::start(const TlsContext& context, const std::vector<std::string>& protocols) {
  PL_ASSERT(!ssl_ && context.context_);
  ERR_clear_error();
  ssl_ = SSL_new(context.context_.get());
  if (!ssl_) return fail(Errc::io, "TLS: " + tls_failure_text());
  SSL_set_bio(ssl_, queue_bio(in_), queue_bio(out_));
  if (context.server_) {
    if (!protocols.empty()) preferred_ = protocols.front();
    SSL_set_app_data(ssl_, this);
    SSL_set_accept_state(ssl_);
    return {};
  }
  SSL_set_connect_state(ssl_);
  std::string list;
  for (const std::string& protocol : protocols) {
    if (!protocol.empty() && protocol.size() < 256) list += static_cast<char>(protocol.size()) + protocol;
  }
  if (!list.empty()) {
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(list.data()), static_cast<unsigned>(list.size()));
  }
  if (is_address(context.name_)) {
    if (context.verify_) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), context.name_.c_str());
  } else {
    if (SSL_set_tlsext_host_name(ssl_, context.name_.c_str()) != 1) {
      return fail(Errc::config, fmt::format("\"{}\" cannot be a server's name", context.name_));
    }
    if (context.verify_) SSL_set1_host(ssl_, context.name_.c_str());
  }
  std::string nothing;
  return advance(nothing);
}

Result<void> TlsEnd::feed(std::string_view ciphertext, std::string& plaintext) {
  if (peer_finished_) return {};
  in_.append(ciphertext);
  return ssl_ ? advance(plaintext) : Result<void>();
}

Result<void> TlsEnd::choose(std::string_view protocol, std::string& plaintext) {
  awaits_choice_ = false;
  preferred_ = protocol;
  return advance(plaintext);
}

/// Goes on as far as what came allows.
Result<void> TlsEnd::advance(std::string& plaintext) {
  if (awaits_choice_) return {};
  ERR_clear_error();
  if (!open_) {
    const int result = SSL_do_handshake(ssl_);
    const int why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, result);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_CLIENT_HELLO_CB) return {};
    if (result != 1) return std::unexpected(failure(result));
    open_ = true;
    const std::string waiting(unsent_.view());
    unsent_.consume(waiting.size());
    if (!waiting.empty()) PL_TRY(encrypt(waiting));
  }
  return read_all(plaintext);
}

Result<void> TlsEnd::read_all(std::string& plaintext) {
  std::array<char, kRecordBytes> piece;
  while (true) {
    const int got = SSL_read(ssl_, piece.data(), static_cast<int>(piece.size()));
    if (got > 0) {
      plaintext.append(piece.data(), static_cast<std::size_t>(got));
      continue;
    }
    const int why = SSL_get_error(ssl_, got);
    if (why == SSL_ERROR_WANT_READ) return {};
    if (why != SSL_ERROR_ZERO_RETURN) return std::unexpected(failure(got));
    peer_finished_ = true;
    in_.consume(in_.size());
    return {};
  }
}

Result<void> TlsEnd::write(std::string_view plaintext) {
  if (plaintext.empty() || finished_) return {};
  if (open_) return encrypt(plaintext);
  unsent_.append(plaintext);
  return {};
}

Result<void> TlsEnd::encrypt(std::string_view plaintext) {
  ERR_clear_error();
  // The queue takes everything, so that one call writes everything.
  const int put = SSL_write(ssl_, plaintext.data(), static_cast<int>(plaintext.size()));
  if (put <= 0) return std::unexpected(failure(put));
  return {};
}

void TlsEnd::finish() {
  if (!open_ || finished_) return;
  finished_ = true;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::string TlsEnd::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int length = 0;
  if (ssl_) SSL_get0_alpn_selected(ssl_, &name, &length);
  return name ? std::string(reinterpret_cast<const char*>(name), length) : std::string();
}

Error TlsEnd::failure(int result) const {
  const int why = SSL_get_error(ssl_, result);
  const long verified = SSL_get_verify_result(ssl_);
  std::string text = why == SSL_ERROR_SSL ? tls_failure_text() : "failed";
  if (verified != X509_V_OK && !SSL_is_server(ssl_) && !open_ && SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE) {
    text += std::string(": ") + X509_verify_cert_error_string(verified);
  }
  return Error{.code = Errc::protocol, .detail = std::move(text)};
}

}  // namespace pl::proxy

#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/bytes.h"

struct ssl_ctx_st;
struct ssl_st;
struct x509_st;
struct evp_pkey_st;

namespace pl::proxy {

/// A certificate with its key. Shared: those that use it keep it alive.
struct TlsIdentity {
  std::shared_ptr<x509_st> certificate;
  std::shared_ptr<evp_pkey_st> key;
  std::shared_ptr<x509_st> issuer{};  ///< Sent behind the certificate, where there is one.
};

/// PEM files: a certificate with the chain behind it, and its key.
struct TlsFiles {
  std::string certificate, key;  ///< Both, or neither.
  bool none() const { return certificate.empty(); }
  bool operator==(const TlsFiles&) const = default;
};

/// Which versions of TLS a server takes.
enum class TlsVersions : std::uint8_t {
  usual,  ///< 1.2 and 1.3.
  old,    ///< 1.0 and 1.1 alone, which clients of today refuse (RFC 8996).
};

/// Names of protocols (ALPN, RFC 7301; RFC 9113 section 3.2).
inline constexpr std::string_view kAlpnHttp1 = "http/1.1";
inline constexpr std::string_view kAlpnHttp2 = "h2";

/// What TLS ends are made with. Immutable and cheap to copy; ends keep what they need of it. Sessions are never
/// resumed, so that every connection shows its certificate.
class TlsContext {
 public:
  TlsContext() = default;  ///< Of no use until another is assigned.

  /// A server that shows this certificate. Of the client's protocols (ALPN, RFC 7301) it chooses the one that its end
  /// prefers, else http/1.1, or the first where neither is among them.
  static Result<TlsContext> server(const TlsIdentity& identity, TlsVersions versions = TlsVersions::usual);
  /// A server with a certificate and a key from files. A file that cannot be read and a
  /// key that does not fit are Errc::config.
  static Result<TlsContext> server(const TlsFiles& own, TlsVersions versions = TlsVersions::usual);
  /// A client of the server with this name, which is sent (SNI, RFC 6066 section 3) unless it is an address, and which
  /// its certificate must have unless `verify` is false. `ca_file`: PEM of those whose signature counts; empty: those
  /// that this machine trusts. `own`: what is shown to a server that asks who this is; errors as of a server's files.
  static Result<TlsContext> client(const std::string& name, bool verify, const std::string& ca_file,
                                   const TlsFiles& own = {});

 private:
  friend class TlsEnd;
  std::shared_ptr<ssl_ctx_st> context_;
  std::string name_;
  bool server_ = false;
  bool verify_ = false;
};

/// One end of one TLS connection (versions 1.2, RFC 5246, and 1.3, RFC 8446) without its socket: the peer's ciphertext
/// goes in and plaintext comes out, and the other way round. Not yet started, it keeps what it is given. Idle it owns
/// no buffers. After an error it is of no use; out() may still hold an alert for the peer. One thread.
class TlsEnd {
 public:
  TlsEnd() = default;
  ~TlsEnd();
  TlsEnd(const TlsEnd&) = delete;
  TlsEnd& operator=(const TlsEnd&) = delete;

  /// Begins the handshake; once. `protocols`: those that a client offers (ALPN), and the first of which a server
  /// prefers; empty names count for nothing.
  Result<void> start(const TlsContext& context, const std::vector<std::string>& protocols = {});
  bool started() const { return ssl_ != nullptr; }
  /// Of a server, before it is started: where the client offers both HTTP/2 and HTTP/1.1, the handshake waits for
  /// choose(). That is asked for once awaits_choice() holds.
  void ask_for_choice() { asks_ = true; }
  bool awaits_choice() const { return awaits_choice_; }
  Result<void> choose(std::string_view protocol, std::string& plaintext);

  /// Ciphertext came from the peer: appends the plaintext that is complete, also where it fails behind that. What comes
  /// after the peer's close_notify goes nowhere.
  Result<void> feed(std::string_view ciphertext, std::string& plaintext);
  /// Plaintext for the peer; until the handshake is over it waits.
  Result<void> write(std::string_view plaintext);
  /// Nothing more will be written: close_notify, once the handshake is over. Reading goes on.
  void finish();

  /// Ciphertext for the peer; consume what was sent.
  ByteQueue& out() { return out_; }
  /// The handshake is over.
  bool open() const { return open_; }
  /// close_notify has come.
  bool peer_finished() const { return peer_finished_; }
  /// Bytes that wait for the handshake: plaintext for the peer, and ciphertext where it has not been started.
  std::size_t waiting() const { return unsent_.size(); }
  std::size_t early() const { return in_.size(); }
  /// The protocol that both chose (ALPN); empty: none.
  std::string protocol() const;

 private:
  Result<void> advance(std::string& plaintext);
  Result<void> read_all(std::string& plaintext);
  Result<void> encrypt(std::string_view plaintext);
  static int choose_protocol(ssl_st* ssl, const unsigned char** chosen, unsigned char* length,
                             const unsigned char* list, unsigned int size, void*);
  static int on_hello(ssl_st* ssl, int*, void*);
  static Result<std::shared_ptr<ssl_ctx_st>> new_server(TlsVersions versions);
  friend class TlsContext;
  Error failure(int result) const;

  ssl_st* ssl_ = nullptr;
  ByteQueue in_, out_;  ///< Ciphertext from the peer that was not read yet, and for it.
  ByteQueue unsent_;
  std::string preferred_;  ///< Protocol that a server chooses where it can.
  bool asks_ = false;
  bool awaits_choice_ = false;
  bool open_ = false;
  bool peer_finished_ = false;
  bool finished_ = false;
};

/// The system library's words for its last failure, on one line; clears them.
std::string tls_failure_text();

}  // namespace pl::proxy

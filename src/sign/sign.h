#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/sha256.h"

/// The signature of a run: an in-toto Statement v1 (https://in-toto.io/Statement/v1) in a DSSE envelope
/// (github.com/secure-systems-lab/dsse, envelope v1), signed by ECDSA P-256 with SHA-256. No I/O: texts in, texts out.
namespace pl::sign {

inline constexpr std::string_view kPayloadType = "application/vnd.in-toto+json";
inline constexpr std::string_view kStatementType = "https://in-toto.io/Statement/v1";
inline constexpr std::string_view kPredicateType = "https://proofload.dev/attestation/v1";

/// A P-256 key, public or with its private half. Copies share the key, which never changes; any thread may use it.
class Key {
 public:
  /// A new key pair, from the system's randomness by way of OpenSSL.
  static Result<Key> generate();
  /// A PKCS#8 (or SEC 1) private key in PEM, without passphrase. Errc::usage for anything else.
  static Result<Key> from_private_pem(std::string_view pem);
  /// An SPKI public key in PEM; a private key in PEM serves too. Errc::usage for anything else.
  static Result<Key> from_public_pem(std::string_view pem);

  /// PKCS#8. Errc::usage for a public key.
  Result<std::string> private_pem() const;
  /// SubjectPublicKeyInfo (RFC 5480).
  std::string public_pem() const;
  /// "sha256:" and the hexadecimal SHA-256 of the SubjectPublicKeyInfo in DER.
  std::string id() const;
  bool has_private() const { return private_; }

  /// ECDSA signature with SHA-256 over the bytes, DER-encoded (what `openssl dgst -sha256 -verify` takes).
  Result<std::string> sign(std::string_view bytes) const;
  bool verifies(std::string_view bytes, std::string_view signature) const;

 private:
  Key(std::shared_ptr<void> key, bool is_private) : key_(std::move(key)), private_(is_private) {}
  static Result<Key> checked(std::shared_ptr<void> key, bool is_private);
  std::shared_ptr<void> key_;  ///< An EVP_PKEY.
  bool private_;
};

/// A file that the statement speaks of.
struct Subject {
  std::string name;    ///< "report.html", "report.json", "run.plog".
  std::string sha256;  ///< Lower-case hexadecimal.

  bool operator==(const Subject&) const = default;
};

/// What is signed.
struct Statement {
  std::vector<Subject> subjects;
  std::string version;     ///< proofload's.
  std::string verdict;     ///< "ready", "not ready", ...
  std::string chain_head;  ///< Hash of the log's last frame, hexadecimal.
  std::string wall_time;   ///< As frame 0 has it: UTC, RFC 3339.

  bool operator==(const Statement&) const = default;
};

/// A statement that was found to be signed, and by which key.
struct Checked {
  Statement statement;
  std::string key_id;
  bool trusted = false;  ///< The signature is by the trusted key. Else the signer is unknown.
};

/// The bytes that a DSSE signature covers: its pre-authentication encoding of payload type and payload.
std::string pre_authentication(std::string_view type, std::string_view payload);

/// The envelope of a statement, as one JSON text with a line end. The key must have its private half.
Result<std::string> sign_statement(const Statement& statement, const Key& key);

/// Checks an envelope: with the trusted key where there is one, else with the key found beside it (`beside`, the text
/// of signature.pub.pem). Errc::corrupt says which part was altered: envelope, payload, signature or key.
Result<Checked> check_envelope(std::string_view envelope, const std::optional<Key>& trusted,
                               std::string_view beside = {});

/// Compares a file's content with its subject. Errc::corrupt names the file.
Result<void> check_subject(const Statement& statement, std::string_view name, std::string_view content);

}  // namespace pl::sign

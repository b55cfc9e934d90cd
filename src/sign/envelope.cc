#include <fmt/format.h>

#include "sign/sign.h"

namespace pl::sign {
namespace {

std::unexpected<Error> altered(std::string_view what) {
  return fail(Errc::corrupt, fmt::format("signature.dsse.json: {}", what));
}

std::string to_text(const Statement& statement) {
  Json subjects = Json::array();
  for (const Subject& subject : statement.subjects) {
    Json digest = Json::object();
    digest.set("sha256", subject.sha256);
    Json one = Json::object();
    one.set("name", subject.name).set("digest", std::move(digest));
    subjects.push(std::move(one));
  }
  Json predicate = Json::object();
  predicate.set("version", statement.version).set("verdict", statement.verdict);
  predicate.set("chainHead", statement.chain_head).set("wallTime", statement.wall_time);
  Json json = Json::object();
  json.set("_type", kStatementType).set("subject", std::move(subjects));
  json.set("predicateType", kPredicateType).set("predicate", std::move(predicate));
  return json.dump();
}

Result<Statement> from_text(std::string_view text) {
  const Result<Json> json = Json::parse(text);
  if (!json || (*json)["_type"].as_string() != kStatementType) return altered("its payload is no in-toto Statement v1");
  if ((*json)["predicateType"].as_string() != kPredicateType) {
    return altered(fmt::format("its payload is not of type {}", kPredicateType));
  }
  Statement statement;
  for (const Json& one : (*json)["subject"].items()) {
    statement.subjects.push_back({one["name"].as_string(), one["digest"]["sha256"].as_string()});
  }
  const Json& predicate = (*json)["predicate"];
  statement.version = predicate["version"].as_string();
  statement.verdict = predicate["verdict"].as_string();
  statement.chain_head = predicate["chainHead"].as_string();
  statement.wall_time = predicate["wallTime"].as_string();
  return statement;
}

/// Bytes of base64 that is written the one canonical way, so that no altered letter goes unseen.
std::string strict_base64(const std::string& text) {
  std::string bytes = base64_decode(text);
  return base64_encode(bytes) == text ? bytes : std::string();
}

}  // namespace

std::string pre_authentication(std::string_view type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", type.size(), type, payload.size(), payload);
}

Result<std::string> sign_statement(const Statement& statement, const Key& key) {
  const std::string payload = to_text(statement);
  const std::string signature = PL_TRY(key.sign(pre_authentication(kPayloadType, payload)));
  Json one = Json::object();
  one.set("keyid", key.id()).set("sig", base64_encode(signature));
  Json signatures = Json::array();
  signatures.push(std::move(one));
  Json envelope = Json::object();
  envelope.set("payloadType", kPayloadType).set("payload", base64_encode(payload));
  envelope.set("signatures", std::move(signatures));
  return envelope.dump() + "\n";
}

Result<Checked> check_envelope(std::string_view envelope, const std::optional<Key>& trusted, std::string_view beside) {
  const Result<Json> json = Json::parse(envelope);
  if (!json || json->dump() + "\n" != envelope) return altered("not the envelope that was written");
  if ((*json)["payloadType"].as_string() != kPayloadType) {
    return altered(fmt::format("its payloadType is not {}", kPayloadType));
  }
  const std::string payload = strict_base64((*json)["payload"].as_string());
  const Json& one = (*json)["signatures"].at(0);
  const std::string signature = strict_base64(one["sig"].as_string());
  if (payload.empty()) return altered("its payload is not base64");
  if (signature.empty()) return altered("its signature is missing or not base64");
  Result<Key> found = trusted ? Result<Key>(*trusted) : Key::from_public_pem(beside);
  if (!found) return fail(Errc::corrupt, "signature.pub.pem: not the public key that was written");
  if (found->id() != one["keyid"].as_string()) {
    if (trusted) {
      return altered(
          fmt::format("signed by the key {}, not by the trusted key {}", one["keyid"].as_string(), found->id()));
    }
    return altered(
        fmt::format("its keyid is not that of signature.pub.pem ({}): one of the two was altered", found->id()));
  }
  if (!found->verifies(pre_authentication(kPayloadType, payload), signature)) {
    return altered("the signature does not fit: payload or signature was altered");
  }
  return Checked{PL_TRY(from_text(payload)), found->id(), trusted.has_value()};
}

Result<void> check_subject(const Statement& statement, std::string_view name, std::string_view content) {
  for (const Subject& subject : statement.subjects) {
    if (subject.name != name) continue;
    if (subject.sha256 == to_hex(sha256(content))) return {};
    return fail(Errc::corrupt, fmt::format("{}: not what was signed (SHA-256 differs)", name));
  }
  return fail(Errc::corrupt, fmt::format("{}: the signature does not speak of it", name));
}

}  // namespace pl::sign

#include "sign/sign.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace pl;
using namespace pl::sign;

namespace {

Statement example() {
  return {{{"report.html", to_hex(sha256("html"))}, {"run.plog", to_hex(sha256("log"))}},
          "0.1.0",
          "not ready",
          to_hex(sha256("head")),
          "2026-01-02T03:04:05Z"};
}

}  // namespace

TEST_CASE("the pre-authentication encoding is that of the DSSE specification's example") {
  CHECK(pre_authentication("http://example.com/HelloWorld", "hello world") ==
        "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST_CASE("a signed statement is read back, by an unknown signer or by a trusted one") {
  const Key key = Key::generate().value();
  const std::string envelope = sign_statement(example(), key).value();
  const Checked unknown = check_envelope(envelope, std::nullopt, key.public_pem()).value();
  CHECK(unknown.statement == example());
  CHECK_FALSE(unknown.trusted);
  const Checked known = check_envelope(envelope, Key::from_public_pem(key.public_pem()).value()).value();
  CHECK(known.trusted);
  CHECK(known.key_id == key.id());
  const Result<Checked> other = check_envelope(envelope, Key::generate().value(), key.public_pem());
  REQUIRE_FALSE(other);
  CHECK(other.error().detail.find("not by the trusted key") != std::string::npos);
  CHECK(check_subject(unknown.statement, "run.plog", "log"));
  CHECK(check_subject(unknown.statement, "run.plog", "lag").error().detail.starts_with("run.plog: "));
  CHECK_FALSE(check_subject(unknown.statement, "report.json", "x"));
}

TEST_CASE("keys are written and read, and others refused") {
  const Key key = Key::generate().value();
  CHECK(Key::from_private_pem(key.private_pem().value()).value().id() == key.id());
  const Key half = Key::from_public_pem(key.public_pem()).value();
  CHECK(half.id() == key.id());
  CHECK_FALSE(half.sign("x"));
  CHECK_FALSE(half.private_pem());
  CHECK(Key::from_private_pem("nonsense").error().code == Errc::usage);
  CHECK(Key::from_public_pem("").error().code == Errc::usage);
}

TEST_CASE("a flipped byte anywhere in envelope or key is found") {
  const Key key = Key::generate().value();
  const std::string envelope = sign_statement(example(), key).value();
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    CAPTURE(i);
    std::string bad = envelope;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    const Result<Checked> result = check_envelope(bad, std::nullopt, key.public_pem());
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::corrupt);
    CHECK(result.error().detail.starts_with("signature."));
  }
  std::string pem = key.public_pem();
  pem[60] = pem[60] == 'A' ? 'B' : 'A';
  CHECK(check_envelope(envelope, std::nullopt, pem).error().detail.find("signature.pub.pem") != std::string::npos);
}

TEST_CASE("openssl verifies the signature too") {
  namespace fs = std::filesystem;
  std::string folder = (fs::temp_directory_path() / "pl-sign-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const Key key = Key::generate().value();
  const std::string bytes = pre_authentication(kPayloadType, "{}");
  std::ofstream(folder + "/key.pem") << key.public_pem();
  std::ofstream(folder + "/bytes") << bytes;
  std::ofstream(folder + "/sig") << key.sign(bytes).value();
  const std::string command = "openssl dgst -sha256 -verify " + folder + "/key.pem -signature " + folder + "/sig ";
  CHECK(std::system((command + folder + "/bytes >/dev/null").c_str()) == 0);
  CHECK(std::system((command + folder + "/key.pem >/dev/null 2>&1").c_str()) != 0);
  fs::remove_all(folder);
}

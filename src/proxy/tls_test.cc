#include "proxy/tls.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <string>

#include "base/rng.h"
#include "os/clock.h"
#include "os/file.h"
#include "proxy/tls_authority.h"
#include "proxy/tls_setup.h"

using namespace pl;
using namespace pl::proxy;

namespace {

constexpr std::int64_t kHour = 3600;

struct Files {
  os::TempFolder folder = *os::TempFolder::create();
  TlsAuthority authority = *TlsAuthority::create(os::wall_seconds());
  std::string ca = write("ca.pem", authority.pem());

  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = folder.path() + "/" + name;
    REQUIRE(os::write_file(path, text));
    return path;
  }
  TlsContext server(TlsVersions versions = TlsVersions::usual) const {
    const std::int64_t now = os::wall_seconds();
    return *TlsContext::server(
        *authority.issue({.names = {"localhost", "127.0.0.1", "::1"}, .dates = {now - kHour, now + kHour}}), versions);
  }
  TlsContext client(const std::string& name = "localhost") const { return *TlsContext::client(name, true, ca); }
};

/// Two ends, and what each heard.
struct Pair {
  TlsEnd client, server;
  std::string at_client, at_server, client_error, server_error;

  Pair(const TlsContext& to, const TlsContext& from, std::string_view protocol = {}) {
    REQUIRE(server.start(to));
    REQUIRE(client.start(from, {std::string(protocol)}));
  }

  /// Carries everything, in pieces of this size.
  void carry(std::size_t piece = 1 << 20) {
    while (!client.out().empty() || !server.out().empty()) {
      hand(client, server, at_server, server_error, piece);
      hand(server, client, at_client, client_error, piece);
    }
  }
  static void hand(TlsEnd& from, TlsEnd& to, std::string& heard, std::string& error, std::size_t piece) {
    const std::string bytes(from.out().view().substr(0, piece));
    from.out().consume(bytes.size());
    if (bytes.empty() || !error.empty()) return;
    if (const Result<void> done = to.feed(bytes, heard); !done) error = done.error().message();
  }
};

std::string rsa_key() {
  EVP_PKEY* const key = EVP_RSA_gen(2048);
  BIO* const memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string out(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  EVP_PKEY_free(key);
  return out;
}

/// What a client says of a server.
std::string complaint(const TlsContext& server, const TlsContext& client) {
  Pair pair(server, client);
  pair.carry();
  CHECK(pair.client.open() == pair.client_error.empty());
  CHECK(pair.client_error.find('\n') == std::string::npos);
  return pair.client_error;
}

}  // namespace

TEST_CASE("TLS: two ends understand each other in pieces of any size, also what was written before the handshake") {
  const Files files;
  const TlsContext server = files.server(), client = files.client();
  for (const std::size_t piece : {1u, 2u, 3u, 5u, 16u, 100u, 4000u, 1u << 20}) {
    Pair pair(server, client);
    CHECK(pair.client.write("early"));
    CHECK(pair.server.write("banner"));
    CHECK(pair.client.waiting() == 5);
    pair.carry(piece);
    CHECK(pair.client.open());
    CHECK(pair.server.open());
    CHECK(pair.client.waiting() == 0);
    CHECK(pair.client.protocol().empty());
    CHECK(pair.client.write(std::string(40'000, 'x')));
    CHECK(pair.server.write("answer"));
    pair.carry(piece);
    CHECK(pair.at_server == "early" + std::string(40'000, 'x'));
    CHECK(pair.at_client == "banneranswer");
    // close_notify one way; the other goes on.
    pair.client.finish();
    pair.carry(piece);
    CHECK(pair.server.peer_finished());
    CHECK_FALSE(pair.client.peer_finished());
    CHECK(pair.server.write("last"));
    pair.server.finish();
    pair.carry(piece);
    CHECK(pair.at_client == "banneranswerlast");
    CHECK(pair.client.peer_finished());
    CHECK(pair.client_error + pair.server_error == "");
  }
}

TEST_CASE("TLS: much goes through unharmed, and nothing is left behind") {
  const Files files;
  Pair pair(files.server(), files.client("127.0.0.1"));
  pair.carry();
  Rng rng(5);
  std::string up, down;
  for (int round = 0; round < 64; ++round) {
    std::string block(rng.below(120'000) + 1, 0);
    for (char& c : block) c = static_cast<char>(rng.next());
    CHECK(pair.client.write(block));
    CHECK(pair.server.write(block.substr(block.size() / 2)));
    up += block;
    down += block.substr(block.size() / 2);
    pair.carry(32 << 10);
  }
  CHECK((pair.at_server == up));
  CHECK((pair.at_client == down));
  CHECK(pair.client.out().empty());
}

TEST_CASE("TLS: what a client verifies") {
  const Files files;
  const std::int64_t now = os::wall_seconds();
  const auto issued = [&](TlsLeaf leaf) { return *TlsContext::server(*files.authority.issue(leaf)); };
  const TlsDates good{now - kHour, now + kHour};
  CHECK(complaint(files.server(), files.client("::1")) == "");
  CHECK(complaint(files.server(), files.client("other.example")) == "certificate verify failed: hostname mismatch");
  CHECK(complaint(files.server(), files.client("10.0.0.1")) == "certificate verify failed: IP address mismatch");
  CHECK(complaint(issued({.names = {"localhost"}, .dates = {now - 2 * kHour, now - kHour}}), files.client()) ==
        "certificate verify failed: certificate has expired");
  CHECK(complaint(issued({.names = {"localhost"}, .dates = {now + kHour, now + 2 * kHour}}), files.client()) ==
        "certificate verify failed: certificate is not yet valid");
  const TlsAuthority stranger = *TlsAuthority::create(now);
  const TlsContext strange = *TlsContext::server(*stranger.issue({.names = {"localhost"}, .dates = good}));
  CHECK(complaint(strange, files.client()) == "certificate verify failed: unable to get local issuer certificate");
  CHECK(complaint(strange, *TlsContext::client("localhost", false, "")) == "");
  CHECK(complaint(issued({.names = {"no good, name", "localhost"}, .dates = good}), files.client()) == "");
  CHECK(complaint(files.server(TlsVersions::old), files.client()) == "tlsv1 alert protocol version");
}

TEST_CASE("TLS: the protocol that is offered is chosen") {
  const Files files;
  for (const std::string_view offered : {"h2", "http/1.1", ""}) {
    Pair pair(files.server(), files.client(), offered);
    pair.carry();
    CHECK(pair.client.protocol() == offered);
    CHECK(pair.server.protocol() == offered);
  }
}

TEST_CASE("TLS: what is cut short waits, what is no TLS is refused with an alert") {
  const Files files;
  const TlsContext context = files.server();
  TlsEnd client;
  REQUIRE(client.start(files.client()));
  const std::string hello(client.out().view());
  for (std::size_t size = 0; size < hello.size(); ++size) {
    TlsEnd server;
    std::string heard;
    REQUIRE(server.start(context));
    CHECK(server.feed(std::string_view(hello).substr(0, size), heard));
    CHECK(server.out().empty());
    CHECK_FALSE(server.open());
  }
  TlsEnd server;
  std::string heard;
  REQUIRE(server.start(context));
  const Result<void> plain = server.feed("GET / HTTP/1.1\r\n\r\n", heard);
  REQUIRE_FALSE(plain);
  CHECK(plain.error().message() == "http request");
  Rng rng(11);
  for (int round = 0; round < 300; ++round) {
    TlsEnd end;
    REQUIRE(end.start(context));
    std::string bytes = round % 2 ? hello : std::string(rng.below(4000), 0);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      if (round % 2 == 0 || rng.below(100) == 0) bytes[at] = static_cast<char>(rng.next());
    }
    while (!bytes.empty()) {
      const std::size_t piece = std::min<std::size_t>(bytes.size(), rng.below(500) + 1);
      if (!end.feed(std::string_view(bytes).substr(0, piece), heard)) break;
      bytes.erase(0, piece);
    }
    CHECK_FALSE(end.open());
  }
  CHECK(heard.empty());
}

TEST_CASE("TLS: a turned bit ends it, behind what was whole") {
  const Files files;
  Pair pair(files.server(), files.client());
  pair.carry();
  CHECK(pair.client.write("whole"));
  std::string bytes(pair.client.out().view());
  pair.client.out().consume(bytes.size());
  CHECK(pair.client.write("broken"));
  std::string broken(pair.client.out().view());
  pair.client.out().consume(broken.size());
  broken.back() ^= 1;
  const Result<void> done = pair.server.feed(bytes + broken, pair.at_server);
  REQUIRE_FALSE(done);
  CHECK(done.error().message() == "decryption failed or bad record mac");
  CHECK(pair.at_server == "whole");
  CHECK_FALSE(pair.server.out().empty());
}

TEST_CASE("TLS: files that are wrong are named") {
  const Files files;
  const std::string none = files.folder.path() + "/none.pem", empty = files.write("empty.pem", "");
  CHECK(TlsContext::server(TlsFiles{none, none}).error().message() ==
        "certificate " + none + ": No such file or directory");
  CHECK(TlsContext::server(TlsFiles{empty, empty}).error().message() == "certificate " + empty + ": no start line");
  CHECK(TlsContext::server(TlsFiles{files.ca, none}).error().message() ==
        "key " + none + ": No such file or directory");
  // A key whose type is another than the certificate's.
  const std::string rsa = files.write("rsa.pem", rsa_key());
  CHECK(TlsContext::server(TlsFiles{files.ca, rsa}).error().message() == "key " + rsa + " is not that of " + files.ca);
  CHECK_FALSE(TlsContext::client("localhost", true, none));
  CHECK_FALSE(TlsContext::client("localhost", true, empty));
  CHECK(TlsContext::client("localhost", true, files.ca, {files.ca, rsa}).error().message() ==
        "key " + rsa + " is not that of " + files.ca);
}

TEST_CASE("TLS: the field of a proxy is read as it is printed, and refused where it is wrong") {
  const auto read = [](const std::string& text) { return read_tls(*Json::parse(text)); };
  for (const char* text :
       {R"({"listen":true})", R"({"listen":{"certificate":"a","key":"b"}})", R"({"upstream":{"verify":false}})",
        R"({"listen":true,"upstream":{"verify":true,"ca":"c","name":"n"}})",
        R"({"upstream":{"verify":true,"certificate":"a","key":"b"}})"}) {
    CHECK(to_json(*read(text)).dump() == text);
  }
  CHECK(read(R"({"upstream":true})")->upstream->verify);
  for (const char* text : {"false", "{}", R"({"listen":false,"upstream":null})"}) CHECK_FALSE(read(text)->used());
  for (const char* text : {"true", "1", R"({"listn":true})", R"({"listen":{}})", R"({"listen":{"certificate":"a"}})",
                           R"({"listen":{"certificate":"a","key":1}})", R"({"upstream":{"verfy":false}})",
                           R"({"upstream":{"verify":"no"}})", R"({"upstream":[]})", R"({"listen":"yes"})",
                           R"({"upstream":{"certificate":"a"}})"}) {
    const auto refused = read(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 400);
  }
}

TEST_CASE("TLS: a setup has a server for each fault") {
  TlsWorld world;
  const auto setup = TlsSetup::create(*read_tls(*Json::parse(R"({"listen":true})")), {"db.example"}, world);
  REQUIRE(setup);
  const Files files;
  const std::string ca = files.write("process.pem", (*world.authority())->pem());
  const TlsContext client = *TlsContext::client("db.example", true, ca);
  const auto said = [&](Handshake fault) { return complaint(*(*setup)->server(fault), client); };
  CHECK(said(Handshake::normal) == "");
  CHECK(said(Handshake::expired) == "certificate verify failed: certificate has expired");
  CHECK(said(Handshake::not_yet_valid) == "certificate verify failed: certificate is not yet valid");
  CHECK(said(Handshake::wrong_name) == "certificate verify failed: hostname mismatch");
  CHECK(said(Handshake::untrusted) == "certificate verify failed: unable to get local issuer certificate");
  CHECK(said(Handshake::old) == "tlsv1 alert protocol version");
}

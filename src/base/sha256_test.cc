#include "base/sha256.h"

#include <doctest/doctest.h>

TEST_CASE("SHA-256 of the FIPS 180-4 example, whole and in two pieces") {
  const std::string expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(pl::to_hex(pl::sha256("abc")) == expected);
  CHECK(pl::to_hex(pl::sha256("a", "bc")) == expected);
}

TEST_CASE("base64 of the RFC 4648 vectors, both ways; malformed text gives nothing") {
  for (const auto& [plain, coded] : {std::pair{"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
    CHECK(pl::base64_encode(plain) == coded);
    CHECK(pl::base64_decode(coded) == plain);
  }
  CHECK(pl::base64_decode("Zg=").empty());
  CHECK(pl::base64_decode("!!!!").empty());
}

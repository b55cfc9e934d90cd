#include "base/text.h"

#include <doctest/doctest.h>

TEST_CASE("a name as keys spell it") {
  CHECK(pl::slug("Directus/cli.js") == "directus-cli.js");
  CHECK(pl::slug("/opt/my app") == "opt-my-app");
  CHECK(pl::slug("127.0.0.1:80") == "127.0.0.1:80");
  CHECK(pl::slug("//") == "unnamed");
}

TEST_CASE("lower: ASCII letters only") { CHECK(pl::lower("ÄSELECT Id_9") == "Äselect id_9"); }

TEST_CASE("upper: ASCII letters only") { CHECK(pl::upper("äselect Id_9") == "äSELECT ID_9"); }

TEST_CASE("beginning: never inside a character") {
  CHECK(pl::beginning("abc", 3) == "abc");
  CHECK(pl::beginning("abcd", 3) == "abc");
  CHECK(pl::beginning("aé", 2) == "a");
  CHECK(pl::beginning("€", 2).empty());
}

using pl::matches_pattern;

TEST_CASE("a pattern's star stands for any run of bytes") {
  CHECK(matches_pattern("/v1/chat/completions", "/v1/*"));
  CHECK(matches_pattern("/v1/chat/completions", "*/completions"));
  CHECK(matches_pattern("/a/b/c", "/a/*/c"));
  CHECK(matches_pattern("aab", "*ab"));
  CHECK(matches_pattern("", "*"));
  CHECK_FALSE(matches_pattern("/v2/chat", "/v1/*"));
  CHECK_FALSE(matches_pattern("/v1", "/v1/"));
  CHECK_FALSE(matches_pattern("abc", ""));
}

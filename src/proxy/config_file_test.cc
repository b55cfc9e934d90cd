#include "proxy/config_file.h"

#include <doctest/doctest.h>

#include "base/rng.h"

namespace pl::proxy {
namespace {

/// What is said of a text that is no JSON.
std::string unread(const std::string& text) { return ConfigFile::parse("p.json", text).error().detail; }

std::string refused(const std::string& text, std::vector<std::string> path) {
  const auto file = ConfigFile::parse("p.json", text);
  REQUIRE(file.has_value());
  return file->error({.text = std::string(kBadBody) + "no", .path = std::move(path)}).detail;
}

}  // namespace

TEST_CASE("what is not JSON is said with its line and column, also where the file ends too early") {
  CHECK(unread("[\n {\"name\":\"a\",\n  \"upstream\" \"x\"}]") == "p.json:3:16: not JSON");
  CHECK(unread("[") == "p.json:1:2: not JSON: the file ends in the middle of it");
  CHECK(unread("[{\n\"a\":\n") == "p.json:3:1: not JSON: the file ends in the middle of it");
  CHECK(unread("[\"ab") == "p.json:1:5: not JSON: the file ends in the middle of it");
  CHECK(unread("[}") == "p.json:1:2: not JSON");
  CHECK(unread("[],") == "p.json:1:3: not JSON");
  for (const char* empty : {"", " \n\t", "\xef\xbb\xbf\n"}) {
    CHECK(unread(empty) == "p.json: the file is empty; it would be a JSON list of proxies");
  }
  CHECK(unread(std::string(100, '[')) == "p.json: JSON deeper than 64 levels");
}

TEST_CASE("a refusal names the file, the line and column of the field, the proxy and the field") {
  const std::string text =
      "\xef\xbb\xbf[\n {\"name\": \"d\\\"b\", \"listen\": \"a]}:1\"},\n"
      " { \"toxics\": [1, {\"x\": [{}, \"]\"]},\n   {\"type\": \"}\",\n\n"
      "    \"attributes\": {\"a\\u0062\": -1.5e3, \"b\": null}}], \"enabled\": true , \"enabled\":\n"
      "  false}\n]\n";
  CHECK(refused(text, {}) == "p.json:1:1: no");
  CHECK(refused(text, {"0"}) == "p.json:2:2: proxy d\"b: no");
  CHECK(refused(text, {"0", "listen"}) == "p.json:2:19: proxy d\"b, listen: no");
  CHECK(refused(text, {"1", "name"}) == "p.json:3:2: proxy 2, name: no");
  CHECK(refused(text, {"1", "toxics", "1"}) == "p.json:3:18: proxy 2, toxics[1]: no");
  CHECK(refused(text, {"1", "toxics", "2", "attributes", "ab"}) == "p.json:6:20: proxy 2, toxics[2].attributes.ab: no");
  CHECK(refused(text, {"1", "toxics", "2", "attributes", "b"}) == "p.json:6:39: proxy 2, toxics[2].attributes.b: no");
  CHECK(refused(text, {"1", "enabled"}) == "p.json:6:71: proxy 2, enabled: no");
  CHECK(refused("\n{}", {}) == "p.json:2:1: no");
  CHECK(refused("5", {"0", "x"}) == "p.json:1:1: proxy 1, x: no");
}

TEST_CASE("a field is found in any text that is JSON") {
  Rng rng(7);
  const std::string_view letters = "{}[]\",:1\\ ab\n";
  int read = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (std::uint64_t n = rng.below(8); n > 0; --n) text += letters[rng.below(letters.size())];
    const auto file = ConfigFile::parse("p", text);
    if (!file) continue;
    ++read;
    CHECK(file->error({.text = "no", .path = {"0", "a", "0"}}).detail.starts_with("p:"));
  }
  CHECK(read > 100);
}

}  // namespace pl::proxy

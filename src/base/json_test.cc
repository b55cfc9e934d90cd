#include "base/json.h"

#include <doctest/doctest.h>

#include <string>

using pl::Json;

TEST_CASE("a document keeps its key order and prints the same bytes again") {
  const std::string text = R"({"z":1,"a":[true,null,-2.5,"x\n\u0001"],"m":{}})";
  const auto value = Json::parse(text);
  REQUIRE(value.has_value());
  CHECK(value->dump() == text);
}

TEST_CASE("malformed and too deep documents are errors, not exceptions") {
  CHECK(Json::parse("{\"a\":").error().code == pl::Errc::protocol);
  CHECK(Json::parse("{} x").error().code == pl::Errc::protocol);
  CHECK(Json::parse_first("{} x") == Json::object());
  CHECK(Json::parse_first("x {}").error().code == pl::Errc::protocol);
  CHECK(Json::parse(std::string(100, '[') + std::string(100, ']')).error().code == pl::Errc::limit);
}

TEST_CASE("an object of very many members is read in a moment, and a name that comes again has its last value") {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  const Json json = *Json::parse(text + "\"k3\":-3,\"k199999\":-9}");
  CHECK(json.size() == 200'000);
  CHECK(json["k3"].as_int() == -3);
  CHECK(json["k199999"].as_int() == -9);
  CHECK(Json::parse(R"({"a":1,"b":2,"a":3})")->dump() == R"({"a":3,"b":2})");
}

TEST_CASE("missing members and wrong types give the fallback") {
  const Json value = Json::object().set("n", 3).set("s", "t");
  CHECK(value["n"].as_int() == 3);
  CHECK(value["absent"].as_int(7) == 7);
  CHECK(value["s"].as_int(7) == 7);
  CHECK(value["n"].as_string().empty());
}

TEST_CASE("invalid UTF-8 becomes the replacement character and fractions have fixed digits") {
  CHECK(pl::json_quote("a\xff") == "\"a\xef\xbf\xbd\"");
  CHECK(pl::json_quote("\xc0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  CHECK(pl::format_number(0.1) == "0.1");
  CHECK(pl::format_number(-0.0000001) == "0");
  CHECK(pl::format_number(1.0 / 3) == "0.333333");
}

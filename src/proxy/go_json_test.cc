#include "proxy/go_json.h"

#include <doctest/doctest.h>

using namespace pl;
using proxy::go_json;
using proxy::go_number;

TEST_CASE("a number is written as Go writes it, and reads back the same") {
  for (const auto& [value, text] : std::initializer_list<std::pair<double, const char*>>{
           {0, "0"},
           {-0.0, "-0"},
           {1, "1"},
           {-5, "-5"},
           {0.1, "0.1"},
           {0.123456789012, "0.123456789012"},
           {1.0 / 3, "0.3333333333333333"},
           {1e-6, "0.000001"},
           {-1.2345678901234567e-6, "-0.0000012345678901234567"},
           {9.99e-7, "9.99e-7"},
           {1e-7, "1e-7"},
           {1.5e-10, "1.5e-10"},
           {5e-324, "5e-324"},
           {1e20, "100000000000000000000"},
           {123456789012345678901.0, "123456789012345680000"},
           {-1e15, "-1000000000000000"},
           {1234567890123456.7, "1234567890123456.8"},
           {-9007199254740993.0, "-9007199254740992"},
           {999999999999999900000.0, "999999999999999900000"},
           {1e21, "1e+21"},
           {1.7976931348623157e308, "1.7976931348623157e+308"},
       }) {
    CHECK(go_number(value) == text);
    CHECK(Json::parse(text)->as_double() == value);
  }
}

TEST_CASE("what could end a script or a line of one is escaped, as in Go") {
  const Json json =
      Json::object().set("a<b", "x>y & \"\u2028\u2029\u2027\"").set("list", Json::array().push(1).push("").push(true));
  CHECK(go_json(json) == "{\"a\\u003cb\":\"x\\u003ey \\u0026 \\\"\\u2028\\u2029\u2027\\\"\",\"list\":[1,\"\",true]}");
  CHECK(go_json(Json::object().set("o", Json::object()).set("a", Json::array()).set("n", Json())) ==
        R"({"o":{},"a":[],"n":null})");
}

TEST_CASE("a request is read as Go reads it") {
  const auto read = [](std::string_view text) {
    const Result<Json> json = proxy::read_go_json(text);
    return json ? json->as_string() : json.error().detail;
  };
  CHECK(read("\"a\" and more") == "a");
  CHECK(read("\"a\xff\xc3\xe2\x82z\"") == "a\ufffd\ufffd\ufffd\ufffdz");
  CHECK(read(R"("\ud800")") == "\ufffd");
  CHECK(read(R"("\ud800\u0041\udc00\uD83D\uDE00")") == "\ufffdA\ufffd\U0001f600");
  CHECK(read(R"("\ud800\ud83d\ude00")") == "\ufffd\U0001f600");
  CHECK(read(R"("\\ud800 \udc0")") == "not JSON at byte 15");
  CHECK(read(R"("\\ud800\ud800")") == "\\ud800\ufffd");
  CHECK(read("\xff\"a\"") == "not JSON at byte 1");
  CHECK(read("\"\\\xff\"") == "not JSON at byte 3");
  CHECK(read("") == "not JSON at byte 1");
}

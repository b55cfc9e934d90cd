#include "wire/sse.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/limits.h"

using namespace pl;
using wire::SseParser;

namespace {

std::string told(const std::vector<std::string_view>& pieces) {
  SseParser parser;
  std::string out;
  for (std::string_view piece : pieces) {
    for (;;) {
      const auto step = parser.next(piece);
      if (step == SseParser::Step::error) return out + "error";
      if (step == SseParser::Step::more) break;
      out += "[" + parser.event().type + "|" + parser.event().data + "|" + parser.event().id + "]";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("sse: the standard's examples, at any split") {
  const std::string text =
      "\xEF\xBB\xBF: comment\ndata: YHOO\ndata: +2\r\ndata:10\r\n\r\nevent: add\rdata:  73\rid: 1\r\revent: nothing\n\n"
      "data\n\ndata\ndata\n\nid\nretry: 50\ndata:x\n\ndata: cut off";
  const std::string expected = "[message|YHOO\n+2\n10|][add| 73|1][message||1][message|\n|1][message|x|]";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    CHECK(told({std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)}) == expected);
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < text.size(); ++i) single.push_back(std::string_view(text).substr(i, 1));
  CHECK(told(single) == expected);
}

TEST_CASE("sse: an event without an end is refused") {
  const std::string text = "data: " + std::string(limits::kSseEventBytes, 'x');
  CHECK(told({text}) == "error");
}

TEST_CASE("sse: what is encoded is read back") {
  const std::string text = wire::encode_sse("a\nb", "note") + wire::encode_sse("c");
  CHECK(told({text}) == "[note|a\nb|][message|c|]");
}

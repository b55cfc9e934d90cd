#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "wire/http1.h"
#include "wire/sse.h"

namespace {

using pl::wire::Http1Parser;

/// What a parser says of some pieces; neighbouring pieces of a body are one.
std::string told(Http1Parser::Role role, std::initializer_list<std::string_view> pieces) {
  Http1Parser parser(role);
  std::string out, body;
  for (std::string_view piece : pieces) {
    for (;;) {
      const Http1Parser::Step step = parser.next(piece);
      if (step == Http1Parser::Step::more) break;
      if (step == Http1Parser::Step::body) {
        body += parser.body();
        continue;
      }
      out += body + static_cast<char>('0' + static_cast<int>(step));
      body.clear();
      if (step == Http1Parser::Step::head)
        for (const auto& [name, value] : parser.head().headers) out.append(name).append("=").append(value);
      if (step == Http1Parser::Step::error) return out;
    }
  }
  return out + body;
}

/// Where messages begin and end; empty where they are in error.
std::string frames(Http1Parser::Role role, Http1Parser::Keeps keeps, std::string_view bytes) {
  Http1Parser parser(role, keeps);
  std::string out;
  for (std::size_t rest = bytes.size();;) {
    const Http1Parser::Step step = parser.next(bytes);
    if (step == Http1Parser::Step::more) return out;
    if (step == Http1Parser::Step::error) return {};
    out += static_cast<char>('0' + static_cast<int>(step)) + std::to_string(rest - bytes.size());
    rest = bytes.size();
  }
}

std::string events(std::initializer_list<std::string_view> pieces) {
  pl::wire::SseParser parser;
  std::string out;
  for (std::string_view piece : pieces)
    while (parser.next(piece) == pl::wire::SseParser::Step::event) out += parser.event().type + parser.event().data;
  return out;
}

}  // namespace

/// Any bytes, split anywhere, say the same; the first byte chooses where.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = bytes.size() * data[0] / 255;
  for (const auto role : {Http1Parser::Role::request, Http1Parser::Role::response}) {
    PL_ASSERT(told(role, {bytes}) == told(role, {bytes.substr(0, cut), bytes.substr(cut)}));
    const std::string all = frames(role, Http1Parser::Keeps::all, bytes);
    const std::string framing = frames(role, Http1Parser::Keeps::framing, bytes);
    PL_ASSERT(all.empty() || framing.empty() || all == framing);
  }
  PL_ASSERT(events({bytes}) == events({bytes.substr(0, cut), bytes.substr(cut)}));
  return 0;
}

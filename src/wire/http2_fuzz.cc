#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "wire/http2.h"

namespace {

using pl::wire::Http2Reader;

constexpr std::string_view kFailed = " in error, and nothing can follow";

void tell(Http2Reader& reader, std::string_view piece, std::string& out, std::string& came) {
  if (out.ends_with(kFailed)) return;
  for (;;) {
    const Http2Reader::Step step = reader.next(piece);
    if (step == Http2Reader::Step::more) return;
    if (step == Http2Reader::Step::error) {
      out += kFailed;
      return;
    }
    came += reader.raw();
    if (step == Http2Reader::Step::part) {
      out += reader.body();
      continue;
    }
    out += static_cast<char>('0' + static_cast<int>(step));
    if (step != Http2Reader::Step::headers) continue;
    for (const auto& [name, value] : reader.fields()) out.append(name).append("=").append(value);
    // What is written here is read as it is.
    Http2Reader again(false);
    std::string text = pl::wire::encode_http2_frame({.type = pl::wire::Http2Type::settings}, {});
    text += pl::wire::encode_http2_headers(1, reader.fields(), false);
    std::string_view rest = text;
    PL_ASSERT(again.next(rest) == Http2Reader::Step::frame && again.next(rest) == Http2Reader::Step::headers);
    PL_ASSERT(again.fields().size() == reader.fields().size() && again.next(rest) == Http2Reader::Step::more);
  }
}

}  // namespace

/// Any bytes, split anywhere, say the same, and a copy made at the split goes on alike; the first byte chooses where,
/// and whose they are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool client = (data[0] & 1) != 0;
  const std::size_t cut = bytes.size() * (data[0] >> 1) / 127;
  std::string text;
  if (client) text = pl::wire::kHttp2Preface;
  text += pl::wire::encode_http2_frame({.type = pl::wire::Http2Type::settings}, {});
  Http2Reader one(client), other(client);
  std::string said[3], came[3];
  tell(one, text + std::string(bytes), said[0], came[0]);
  tell(other, text + std::string(bytes.substr(0, cut)), said[1], came[1]);
  Http2Reader copy = other;
  said[2] = said[1];
  came[2] = came[1];
  tell(other, bytes.substr(cut), said[1], came[1]);
  tell(copy, bytes.substr(cut), said[2], came[2]);
  PL_ASSERT(said[0] == said[1] && said[1] == said[2]);
  PL_ASSERT(came[0] == came[1] && came[1] == came[2]);
  return 0;
}

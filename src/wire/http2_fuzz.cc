#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "wire/http2.h"

namespace {

using pl::wire::Http2Reader;

/// What a reader said of what it was given.
struct Told {
  std::string out, came;
  bool failed = false;  ///< Nothing can follow.
  bool operator==(const Told&) const = default;
};

void tell(Http2Reader& reader, std::string_view piece, Told& told) {
  while (!told.failed) {
    const Http2Reader::Step step = reader.next(piece);
    if (step == Http2Reader::Step::more) return;
    if (step == Http2Reader::Step::error) {
      told.failed = true;
      return;
    }
    told.came += reader.raw();
    if (step == Http2Reader::Step::part) {
      told.out += reader.body();
      continue;
    }
    told.out += static_cast<char>('0' + static_cast<int>(step));
    if (step != Http2Reader::Step::headers) continue;
    for (const auto& [name, value] : reader.fields()) told.out.append(name).append("=").append(value);
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
  Told told[3];
  tell(one, text + std::string(bytes), told[0]);
  tell(other, text + std::string(bytes.substr(0, cut)), told[1]);
  Http2Reader copy = other;
  told[2] = told[1];
  tell(other, bytes.substr(cut), told[1]);
  tell(copy, bytes.substr(cut), told[2]);
  PL_ASSERT(told[0] == told[1] && told[1] == told[2]);
  return 0;
}

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "proxy/starttls.h"

namespace {

using namespace pl;
using namespace pl::proxy;

/// What came of a program's bytes in pieces of at most so many; those behind the last that was awaited count by where
/// they go.
struct Outcome {
  std::string answer, request, plain, cipher;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

Outcome hear(StartTls& starttls, std::string_view bytes, std::size_t most) {
  Outcome out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(most, bytes.size()))) {
    const std::string_view piece = bytes.substr(0, most);
    if (!starttls.waits(Way::up)) {
      (starttls.side(Way::up) == StartTls::Side::tls ? out.cipher : out.plain) += piece;
      continue;
    }
    const Result<StartTls::Heard> heard = starttls.hear(Way::up, piece);
    // Bytes in clear behind what was agreed to fail only where they can be told from TLS: when they come with it.
    if (!heard) return Outcome{.cipher = "bytes", .failed = true};
    out.answer += heard->answer;
    out.request += heard->request;
    out.plain += heard->plain;
    out.cipher += heard->cipher;
  }
  return out;
}

std::string edit(std::string_view bytes, std::size_t most) {
  const auto starttls = kPostgresStartTls.make(false, true);
  PL_ASSERT(starttls->hear(Way::down, "S"));
  PL_ASSERT(starttls->hear(Way::up, "startup") && !starttls->over());
  std::string out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(most, bytes.size()))) {
    const std::string_view piece = bytes.substr(0, most);
    if (starttls->over()) {
      out += piece;
    } else {
      out += starttls->edit(piece);
    }
  }
  return out;
}

}  // namespace

/// Any bytes, split anywhere, mean the same; the first byte chooses where, and where TLS is wanted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t most = 1u + data[0] % 16;
  const bool listens = (data[0] & 0x80) != 0;
  for (const StartTlsRow* row : starttls_rows()) {
    const auto at_once = row->make(listens, false), in_pieces = row->make(listens, false);
    const Outcome one = hear(*at_once, bytes, bytes.size() + 1), other = hear(*in_pieces, bytes, most);
    if (one.failed) {
      PL_ASSERT(other.failed || !other.cipher.empty());
    } else {
      PL_ASSERT(one == other && at_once->side(Way::up) == in_pieces->side(Way::up));
    }
  }
  PL_ASSERT(edit(bytes, bytes.size() + 1) == edit(bytes, most));
  return 0;
}

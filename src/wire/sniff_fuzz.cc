#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "wire/sender.h"
#include "wire/sniff.h"

namespace {

using pl::wire::Sniffed;
using pl::wire::Sniffer;

/// What is known after a dialogue, in pieces of at most so many bytes; each begins with a byte that tells its way and
/// its length.
Sniffed told(std::string_view bytes, std::size_t most) {
  Sniffer sniffer;
  while (!bytes.empty()) {
    const auto head = static_cast<std::uint8_t>(bytes.front());
    std::string_view piece = bytes.substr(1, head >> 1);
    bytes.remove_prefix(piece.size() + 1);
    for (; !piece.empty(); piece.remove_prefix(std::min(most, piece.size()))) {
      const Sniffed before = sniffer.seen();
      const bool settled = sniffer.settled();
      sniffer.feed((head & 1) != 0, piece.substr(0, most));
      PL_ASSERT(!settled || sniffer.seen() == before);
    }
  }
  return sniffer.seen();
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

/// Any bytes, split anywhere, are the same protocol; what is settled stays; texts are printable; the head of any
/// request says who sends it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Sniffed whole = told(bytes, 128);
  PL_ASSERT(whole == told(bytes, 1u + data[0] % 16));
  for (const std::string_view text :
       {std::string_view(whole.product), std::string_view(whole.version), std::string_view(whole.server_name)})
    PL_ASSERT(printable(text));

  pl::wire::HttpHead request;
  const std::size_t cut = std::min<std::size_t>(data[0], bytes.size());
  request.headers = {{"Authorization", std::string(bytes.substr(0, cut))},
                     {"User-Agent", std::string(bytes.substr(cut))}};
  for (const auto& credential : pl::wire::read_sender(request).credentials) PL_ASSERT(!credential.secret.empty());
  return 0;
}

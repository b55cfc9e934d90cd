#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/fault.h"

namespace pl::proxy {

/// A count (Http1Count, PgCount, RespCount) behind a dialogue, in pieces of at most so many bytes. A byte before each
/// part tells its way and its length.
template <class Count>
Count counted(std::string_view bytes, std::size_t most) {
  Count count;
  while (!bytes.empty()) {
    const auto head = static_cast<std::uint8_t>(bytes.front());
    std::string_view piece = bytes.substr(1, head >> 1);
    bytes.remove_prefix(piece.size() + 1);
    for (; !piece.empty(); piece.remove_prefix(std::min(most, piece.size())))
      count.passed((head & 1) != 0 ? Way::up : Way::down, piece.substr(0, most));
  }
  return count;
}

}  // namespace pl::proxy

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "proxy/counted_fuzz.h"
#include "proxy/http1_count.h"

/// A dialogue, split anywhere, owes the same answers and stands at the same places; the first byte chooses where.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pl;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t most = 1u + data[0] % 16;
  const auto whole = proxy::counted<proxy::Http1Count>(bytes, 128),
             split = proxy::counted<proxy::Http1Count>(bytes, most);
  PL_ASSERT(whole.lost() == split.lost());
  if (whole.lost()) return 0;
  PL_ASSERT(whole.owed() == split.owed());
  for (const proxy::Way way : proxy::kWays) PL_ASSERT(whole.reader(way).idle() == split.reader(way).idle());
  return 0;
}
